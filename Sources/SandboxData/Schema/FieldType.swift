/// The field types the org knows, by their names in describe.
package enum FieldType: String, Codable, Sendable, CaseIterable {
    case id, reference, string, textarea, picklist, multipicklist, phone, email, url, boolean, int, double, currency, percent, date,
        datetime
    case time, address
    case combobox, encryptedstring, base64, location, anyType

    package var isText: Bool {
        switch self {
        case .string, .textarea, .picklist, .multipicklist, .phone, .email, .url, .combobox, .encryptedstring, .base64, .anyType: true
        default: false
        }
    }

    package var isNumber: Bool {
        switch self {
        case .int, .double, .currency, .percent: true
        default: false
        }
    }

    package var soapType: String {
        switch self {
        case .id, .reference: "tns:ID"
        case .boolean: "xsd:boolean"
        case .int: "xsd:int"
        case .double, .currency, .percent: "xsd:double"
        case .date: "xsd:date"
        case .datetime: "xsd:dateTime"
        case .time: "xsd:time"
        case .address: "urn:address"
        case .location: "urn:location"
        case .base64: "xsd:base64Binary"
        case .anyType: "xsd:anyType"
        default: "xsd:string"
        }
    }

    /// Salesforce's own word for the type in messages about literals.
    package var literalName: String {
        switch self {
        case .id, .reference: "ID"
        case .datetime: "dateTime"
        case .currency, .percent: "double"
        case .picklist, .multipicklist, .phone, .email, .url, .textarea, .combobox, .encryptedstring, .base64, .anyType: "string"
        default: rawValue
        }
    }
}
