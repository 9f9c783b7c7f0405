import SandboxBytes
package import SandboxData

/// A value of a form that its field cannot have, which each API tells in its own words.
///
/// REST's are those of the parser that real orgs read bodies with (restforce#897): `Cannot deserialize instance of date from VALUE_STRING value X`.
package struct TypeMismatch: Sendable, Equatable {
    /// As the client wrote it.
    package let field: String
    let type: FieldType
    let token: String
    let text: String

    init(_ json: JSON, _ field: FieldSchema) {
        self.field = field.name
        type = field.type
        (token, text) =
            switch json {
            case .null: ("VALUE_NULL", "null")
            case .bool(let flag): (flag ? "VALUE_TRUE" : "VALUE_FALSE", "\(flag)")
            case .number(_, let text): (text.contains(where: { ".eE".contains($0) }) ? "VALUE_NUMBER_FLOAT" : "VALUE_NUMBER_INT", text)
            case .string(let text): ("VALUE_STRING", text)
            case .array: ("START_ARRAY", "[")
            case .object: ("START_OBJECT", "{")
            }
    }

    private var parserType: String {
        switch type {
        case .boolean, .date, .datetime, .time, .int: type.rawValue
        case let type where type.isNumber: "double"
        default: "string"
        }
    }

    var error: RecordError {
        var error = RecordError(
            code: "JSON_PARSER_ERROR", message: "Cannot deserialize instance of \(parserType) from \(token) value \(text.prefix(255))")
        error.mismatch = self
        return error
    }

    /// Where there are no columns to count.
    package func plainError(_ field: FieldSchema) -> RecordError {
        RecordError(
            code: "INVALID_TYPE_ON_FIELD_IN_RECORD", message: "\(field.label): value not of required type: \(text.prefix(80))",
            fields: [field.name])
    }

    /// As Bulk tells it of a column of the upload, counted from 0; nil where Bulk tells it otherwise.
    package func bulkError(column: Int) -> RecordError? {
        let name: String
        switch type {
        case .boolean, .date, .time: name = type.rawValue
        case .datetime: name = "dateTime"
        case .double, .currency, .percent: name = "double"
        default: return nil
        }
        return RecordError(
            code: "INVALID_FIELD",
            message:
                "Failed to deserialize field at col \(column). Due to, '\(text.prefix(255))' is not a valid value for the type xsd:\(name)",
            fields: [field])
    }
}
