/// What describe says of a field where that does not follow from its type; each member bears the name of describe's own.
struct FieldFlags: Codable, Sendable {
    var aggregatable: Bool?
    var byteLength: Int?
    var calculated: Bool?
    var controllerName: String?
    var defaultValueFormula: String?
    var dependentPicklist: Bool?
    var digits: Int?
    var displayLocationInDecimal: Bool?
    var filterable: Bool?
    var formulaTreatNullNumberAsZero: Bool?
    var groupable: Bool?
    var idLookup: Bool?
    var mask: String?
    var maskType: String?
    var namePointing: Bool?
    var permissionable: Bool?
    var queryByDistance: Bool?
    var relationshipOrder: Int?
    var searchPrefilterable: Bool?
    var sortable: Bool?
    var writeRequiresMasterRead: Bool?
}
