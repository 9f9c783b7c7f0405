import Synchronization

/// What a roll-up is for records that nothing was written below since the field came; summed up when somebody first asks.
package final class GeneratedRollUp: Sendable {
    private let rollUp: RollUp
    private let parent: Int
    /// Records that there were when the field came.
    package let parentCount: Int
    private let children: RowStore
    /// Not a number where there is no value.
    private let values = Mutex<[Double]?>(nil)

    package init(_ rollUp: RollUp, parent: Int, parentCount: Int, children: RowStore) {
        self.rollUp = rollUp
        self.parent = parent
        self.parentCount = parentCount
        self.children = children
    }

    package func value(_ row: Int) -> Value {
        let number = values.withLock { values in
            if let values { return values[row] }
            let made = make()
            values = made
            return made[row]
        }
        return rollUp.value(number.isNaN ? nil : number, of: children.object)
    }

    private func make() -> [Double] {
        var sums = [RollUpSum?](repeating: nil, count: parentCount)
        let reference = children.object.fields[rollUp.reference]
        for row in 0..<children.count where children.state(row)?.isLive ?? true {
            guard case .ref(let id) = children.value(row, reference), id.object == parent, id.row < parentCount else { continue }
            rollUp.add(row, of: children, to: &sums[id.row])
        }
        return sums.map { $0?.result(rollUp.function) ?? .nan }
    }
}

/// A roll-up as it is being summed up.
package struct RollUpSum {
    private var count = 0
    private var sum: Double = 0
    private var least: Double?
    private var most: Double?

    /// Nil counts a record without a value.
    package mutating func add(_ number: Double?) {
        count += 1
        guard let number else { return }
        sum += number
        least = min(least ?? number, number)
        most = max(most ?? number, number)
    }

    package func result(_ function: RollUpDocument.Function) -> Double? {
        switch function {
        case .count: Double(count)
        case .sum: sum
        case .min: least
        case .max: most
        }
    }
}

extension RollUp {
    /// Adds a record below, if the filter lets it.
    package func add(_ row: Int, of children: RowStore, to sum: inout RollUpSum?) {
        if let filter, !FormulaEvaluator(context: RowContext(store: children, row: row, now: 0)).isTrue(filter) { return }
        var next = sum ?? RollUpSum()
        next.add(field.flatMap { Self.number(children.value(row, children.object.fields[$0])) })
        sum = next
    }

    private static func number(_ value: Value) -> Double? {
        switch value {
        case .date(let day): Double(day)
        case .datetime(let time): Double(time)
        case .time(let time): Double(time)
        default: value.number
        }
    }

    /// Without any record below, counts and sums are 0.
    package func value(_ number: Double?, of child: ObjectSchema) -> Value {
        guard let number else { return function == .count || function == .sum ? .double(0) : .null }
        guard let field else { return .double(number) }
        switch child.fields[field].type {
        case .date: return .date(Int(number))
        case .datetime: return .datetime(Int64(number))
        case .time: return .time(Int(number))
        default: return .double(number)
        }
    }
}
