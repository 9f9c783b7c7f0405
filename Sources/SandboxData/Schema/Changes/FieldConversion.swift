import SandboxBytes

/// Turns values of a field into what they are after its type, its length or its precision changed. As in Salesforce, what does not fit is lost.
struct FieldConversion: Sendable {
    private let type: FieldType
    private let length: Int
    private let scale: Int
    private let precision: Int
    private let targets: [Int]
    private let schema: OrgSchema

    init(to field: FieldSchema, schema: OrgSchema) {
        type = field.type
        length = field.length
        scale = field.scale
        precision = field.precision
        targets = field.targets
        self.schema = schema
    }

    func convert(_ value: Value) -> Value {
        guard value != .null else { return type == .boolean ? .bool(false) : .null }
        switch type {
        case .boolean: return .bool(value == .bool(true) || ["true", "1"].contains(text(value).lowercased()))
        case .int, .double, .currency, .percent: return number(value)
        case .date:
            if case .datetime(let seconds) = value { return .date(Int((Double(seconds) / 86_400).rounded(.down))) }
            if case .date = value { return value }
            return TimeParser.date(text(value)).map(Value.date) ?? .null
        case .datetime:
            if case .date(let days) = value { return .datetime(Int64(days) * 86_400) }
            if case .datetime = value { return value }
            return TimeParser.datetime(text(value)).map(Value.datetime) ?? .null
        case .time:
            if case .time = value { return value }
            return TimeParser.time(text(value)).map(Value.time) ?? .null
        case .reference, .id:
            let id: RecordID? = if case .ref(let id) = value { id } else { schema.recordID(text(value)) }
            return id.map { targets.contains($0.object) ? .ref($0) : .null } ?? .null
        default:
            let text = text(value)
            return text.isEmpty ? .null : .text(String(String.UnicodeScalarView(text.unicodeScalars.prefix(length))))
        }
    }

    private func number(_ value: Value) -> Value {
        guard let number = value.number ?? Double(text(value)), number.isFinite else { return .null }
        if type == .int { return abs(number) < 9e15 ? .int(Int64(number.rounded())) : .null }
        var power: Double = 1
        for _ in 0..<scale { power *= 10 }
        var limit: Double = 1
        for _ in 0..<max(precision - scale, 0) { limit *= 10 }
        let rounded = abs(number * power) < 9e15 ? (number * power).rounded(.toNearestOrAwayFromZero) / power : number
        return abs(rounded) < limit ? .double(rounded == 0 ? 0 : rounded) : .null
    }

    private func text(_ value: Value) -> String {
        var writer = ByteWriter(capacity: 64)
        writer.append(value, prefixes: schema.prefixes, style: .canonical)
        return writer.string
    }
}
