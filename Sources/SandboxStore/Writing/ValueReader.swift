import SandboxBytes
package import SandboxData

/// Reads what a client sent into a field's value, with the refusals a real org has.
struct ValueReader {
    let schema: OrgSchema
    let object: ObjectSchema

    /// Everything comes as text, as in a CSV file.
    var isTextual = false

    func read(_ json: JSON, _ field: FieldSchema, in tables: [Table]) throws(RecordError) -> Value {
        switch (json, field.type) {
        case (.null, .boolean): return .bool(false)
        case (.null, _): return .null
        case (.bool(let flag), .boolean): return .bool(flag)
        case (.string(let text), .boolean) where text == "true" || isTextual && text.lowercased() == "true": return .bool(true)
        case (.string(let text), .boolean) where text == "false" || isTextual && text.lowercased() == "false": return .bool(false)
        case (.number(let number, _), let type) where type.isNumber: return try self.number(number, field)
        case (.string(let text), let type) where type.isNumber: return try self.number(text, field)
        case (.string(let text), let type) where type.isText: return try self.text(text, field)
        case (.number(_, let text), let type) where type.isText && isTextual: return try self.text(text, field)
        case (.bool(let flag), let type) where type.isText && isTextual: return .text(flag ? "true" : "false")
        case (.string(let text), .date), (.string(let text), .datetime), (.string(let text), .time): return try time(text, field)
        case (.string(let text), .reference): return try reference(text, field, in: tables)
        default: throw TypeMismatch(json, field).error
        }
    }

    private func number(_ text: String, _ field: FieldSchema) throws(RecordError) -> Value {
        if text.isEmpty, isTextual { return .null }
        // A text with a fraction is no whole number, even where there is nothing behind the point.
        if isTextual, field.type == .int, text.contains(".") { throw wrongType(field, text) }
        guard Self.isPlainNumber(text), let number = Double(text), number.isFinite else {
            throw isTextual && field.type == .int ? wrongType(field, text) : TypeMismatch(.string(text), field).error
        }
        return try self.number(number, field)
    }

    /// Swift reads hexadecimal digits and names of numbers as well.
    private static func isPlainNumber(_ text: String) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }
    }

    private func wrongType(_ field: FieldSchema, _ text: String) -> RecordError {
        RecordError(
            code: "INVALID_TYPE_ON_FIELD_IN_RECORD", message: "\(field.label): value not of required type: \(text.prefix(80))",
            fields: [field.name])
    }

    private func number(_ number: Double, _ field: FieldSchema) throws(RecordError) -> Value {
        let outside = RecordError(
            code: "NUMBER_OUTSIDE_VALID_RANGE", message: "\(field.label): value outside of valid range on numeric field: \(number)",
            fields: [field.name])
        if field.type == .int {
            // What xsd:int holds.
            guard abs(number) <= 2_147_483_647 else { throw outside }
            return .int(Int64(number.rounded()))
        }
        var power: Double = 1
        for _ in 0..<field.scale { power *= 10 }
        var limit: Double = 1
        for _ in 0..<max(field.precision - field.scale, 0) { limit *= 10 }
        let scaled = number * power
        // Half-up to the field's scale, unless a double is too coarse to have such digits.
        let rounded = abs(scaled) < 9e15 ? scaled.rounded(.toNearestOrAwayFromZero) / power : number
        guard abs(rounded) < limit else { throw outside }
        return .double(rounded == 0 ? 0 : rounded)
    }

    private func text(_ raw: String, _ field: FieldSchema) throws(RecordError) -> Value {
        var text = raw.contains("\r\n") ? raw.replacing("\r\n", with: "\n") : raw
        while let last = text.unicodeScalars.last, last.properties.isWhitespace { text.unicodeScalars.removeLast() }
        if text.isEmpty { return .null }
        guard text.unicodeScalars.count <= field.length else {
            throw RecordError(
                code: "STRING_TOO_LONG",
                message: "\(field.label): data value too large: \(text.prefix(255)) (max length=\(field.length))",
                fields: [field.name])
        }
        switch field.type {
        case .email:
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, parts[1].contains("."), !text.contains(where: \.isWhitespace) else {
                throw RecordError(
                    code: "INVALID_EMAIL_ADDRESS", message: "\(field.label): invalid email address: \(text)", fields: [field.name])
            }
        case .base64:
            guard Base64Text.bytes(text) != nil else { throw wrongType(field, text) }
        case .encryptedstring: return .text(SecretMask(field).hide(text))
        case .picklist where field.document.restrictedPicklist ?? false:
            guard field.picklist.contains(text) else { throw restricted(field, text) }
        case .multipicklist where field.document.restrictedPicklist ?? false:
            guard text.split(separator: ";").allSatisfy({ field.picklist.contains(String($0)) }) else { throw restricted(field, text) }
        default: break
        }
        return .text(text)
    }

    private func restricted(_ field: FieldSchema, _ text: String) -> RecordError {
        RecordError(
            code: "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message: "\(field.label): bad value for restricted picklist field: \(text)",
            fields: [field.name])
    }

    private func time(_ text: String, _ field: FieldSchema) throws(RecordError) -> Value {
        if text.isEmpty, isTextual { return .null }
        let value: Value? =
            switch field.type {
            case .date: TimeParser.date(text, years: 1...9999).map(Value.date)
            case .datetime: TimeParser.datetime(text, years: 1...9999).map(Value.datetime)
            default: TimeParser.time(text).map(Value.time)
            }
        guard let value else { throw TypeMismatch(.string(text), field).error }
        if let day = Self.day(value), !Self.days.contains(day) {
            throw RecordError(
                code: "FIELD_INTEGRITY_EXCEPTION", message: "\(field.label): invalid date: \(Self.javaText(day))", fields: [field.name])
        }
        return value
    }

    /// Those of the years 1700 to 4000.
    private static let days = -98_615...741_807

    private static func day(_ value: Value) -> Int? {
        switch value {
        case .date(let day): day
        case .datetime(let time): Int(time / 86_400)
        default: nil
        }
    }

    /// `Fri Jan 01 00:00:00 GMT 5000`
    private static func javaText(_ day: Int) -> String {
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let civil = CivilTime.civil(days: day)
        let number = civil.day < 10 ? "0\(civil.day)" : "\(civil.day)"
        return "\(weekdays[(day % 7 + 7) % 7]) \(months[civil.month - 1]) \(number) 00:00:00 GMT \(civil.year)"
    }

    private func reference(_ text: String, _ field: FieldSchema, in tables: [Table]) throws(RecordError) -> Value {
        if text.isEmpty { return .null }
        guard RecordIDText.parse(text) != nil else {
            throw .wrongType(text, field)
        }
        guard let id = schema.recordID(text) else {
            // A known prefix would have been of the wrong type; this id belongs to nothing here.
            throw RecordError(code: "INVALID_CROSS_REFERENCE_KEY", message: "invalid cross reference id", fields: [])
        }
        guard field.targets.contains(id.object) else {
            throw .wrongType(text, field)
        }
        guard tables[id.object].exists(id.row) else {
            throw RecordError(code: "INVALID_CROSS_REFERENCE_KEY", message: "invalid cross reference id", fields: [])
        }
        guard tables[id.object].isLive(id.row) else {
            throw .deleted
        }
        return .ref(id)
    }
}

extension RecordError {
    /// An id of an object that the field cannot refer to.
    package static func wrongType(_ text: String, _ field: FieldSchema) -> RecordError {
        RecordError(code: "MALFORMED_ID", message: "\(field.label): id value of incorrect type: \(text)", fields: [field.name])
    }
}
