/// Writes the body of an sObject Collections call, byte by byte.
struct RecordEncoder {
    private(set) var bytes: [UInt8] = []

    /// `{"allOrNone":false,"records":[…]}`
    static func body(object: String, records: [RecordWrite], idKey: String) throws(SalesforceError) -> [UInt8] {
        var encoder = RecordEncoder()
        encoder.bytes.reserveCapacity(records.count * 256)
        let type = try SOQL.identifier(object)
        encoder.raw(#"{"allOrNone":false,"records":["#)
        for (index, record) in records.enumerated() {
            if index > 0 { encoder.raw(",") }
            encoder.raw(#"{"attributes":{"type":""# + type + #""}"#)
            if let id = record.id {
                encoder.raw(#",""# + idKey + #"":"#)
                JSONText.appendQuoted(id, to: &encoder.bytes)
            }
            for field in record.fields {
                encoder.raw(",")
                try encoder.field(field.name, field.value)
            }
            encoder.raw("}")
        }
        encoder.raw("]}")
        return encoder.bytes
    }

    private mutating func field(_ name: String, _ value: FieldValue) throws(SalesforceError) {
        if case .parentReference(let relationship, let externalField, let parent, let type) = value {
            raw("\"" + (try SOQL.identifier(relationship)) + #"":{"#)
            if let type { raw(#""attributes":{"type":""# + (try SOQL.identifier(type)) + #""},"#) }
            try field(externalField, parent)
            raw("}")
        } else {
            raw("\"" + (try SOQL.identifier(name)) + "\":")
            try scalar(name, value)
        }
    }

    private mutating func scalar(_ name: String, _ value: FieldValue) throws(SalesforceError) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): raw(flag ? "true" : "false")
        case .string(let text): JSONText.appendQuoted(text, to: &bytes)
        case .number(let text):
            guard Self.isNumber(text) else {
                throw .invalidRequest("field \(name): \"\(text.prefix(40))\" is not a number that JSON can hold")
            }
            raw(text)
        case .parentReference: throw .invalidRequest("field \(name): a parent's key must be a plain value")
        }
    }

    private mutating func raw(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private static func isNumber(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBufferPointer { buffer in
            var cursor = JSONCursor(buffer)
            return (try? cursor.number())?.count == buffer.count
        }
    }
}
