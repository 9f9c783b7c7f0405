import SandboxData

/// What is known of one function in one group so far.
struct GroupSum: Sendable {
    private var count = 0
    private var total = 0.0
    private var least = Value.null
    private var greatest = Value.null
    private var distinct: Set<Value> = []

    mutating func add(_ value: Value, _ function: Grouping.Function, prefixes: [[UInt8]]) {
        guard !value.isNull else { return }
        count += 1
        switch function {
        case .count: break
        case .countDistinct: distinct.insert(value)
        case .sum, .avg: total += value.number ?? 0
        case .min: if least.isNull || (ValueOrder.compare(value, least, prefixes: prefixes) ?? 0) < 0 { least = value }
        case .max: if greatest.isNull || (ValueOrder.compare(value, greatest, prefixes: prefixes) ?? 0) > 0 { greatest = value }
        }
    }

    /// Takes another group in.
    mutating func add(_ other: GroupSum, _ function: Grouping.Function, prefixes: [[UInt8]]) {
        let count = count + other.count
        switch function {
        case .min: add(other.least, function, prefixes: prefixes)
        case .max: add(other.greatest, function, prefixes: prefixes)
        default: break
        }
        self.count = count
        total += other.total
        distinct.formUnion(other.distinct)
    }

    func value(_ function: Grouping.Function, _ type: FieldType) -> Value {
        switch function {
        case .count: .int(Int64(count))
        case .countDistinct: .int(Int64(distinct.count))
        case .min: least
        case .max: greatest
        case .sum: count == 0 ? .null : type == .int && total.magnitude < 9e18 ? .int(Int64(total)) : .double(total)
        case .avg: count == 0 ? .null : .double(total / Double(count))
        }
    }
}
