/// What describe says of a field where that does not follow from its type; each member bears the name of describe's own.
package struct FieldFlags: Codable, Sendable {
    package var aggregatable: Bool?
    package var byteLength: Int?
    package var calculated: Bool?
    package var controllerName: String?
    package var defaultValueFormula: String?
    package var dependentPicklist: Bool?
    package var digits: Int?
    package var displayLocationInDecimal: Bool?
    package var filterable: Bool?
    package var formulaTreatNullNumberAsZero: Bool?
    package var groupable: Bool?
    package var idLookup: Bool?
    package var mask: String?
    package var maskType: String?
    package var namePointing: Bool?
    package var permissionable: Bool?
    package var queryByDistance: Bool?
    package var relationshipOrder: Int?
    package var searchPrefilterable: Bool?
    package var sortable: Bool?
    package var writeRequiresMasterRead: Bool?
}
