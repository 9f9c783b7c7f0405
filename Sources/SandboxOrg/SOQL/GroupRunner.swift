/// Gathers the rows of a grouping query into its result rows.
struct GroupRunner {
    let plan: QueryPlan
    let grouping: Grouping
    let org: Org

    /// What is known of one function in one group so far.
    private struct Sum {
        var count = 0
        var total = 0.0
        var least = Value.null
        var greatest = Value.null
        var distinct: Set<Value> = []
    }

    private struct Group {
        let keys: [Value]
        var sums: [Sum]
    }

    /// The values of the columns, row by row.
    func run() async -> [[Value]] {
        let rows = await QueryRunner(plan: plan.withoutLimit, org: org).run()
        let snapshot = org.snapshot()
        var places: [[Value]: Int] = [:]
        var groups: [Group] = []
        let empty = Array(repeating: Sum(), count: grouping.functions.count)
        if grouping.keys.isEmpty { groups.append(Group(keys: [], sums: empty)) }
        for position in 0..<rows.count {
            if position & 0xFFF == 0xFFF { await Task.yield() }
            let row = rows[position]
            let keys = grouping.keys.map { $0.value(row, object: plan.object.index, in: snapshot) }
            let place: Int
            if grouping.keys.isEmpty {
                place = 0
            } else if let known = places[keys] {
                place = known
            } else {
                place = groups.count
                places[keys] = place
                groups.append(Group(keys: keys, sums: empty))
            }
            for (index, function) in grouping.functions.enumerated() {
                let value = function.field.value(row, object: plan.object.index, in: snapshot)
                add(value, function.function, to: &groups[place].sums[index])
            }
        }
        return cut(sorted(kept(groups))).map { group in grouping.columns.map { value($0.source, group) } }
    }

    private func add(_ value: Value, _ function: Grouping.Function, to sum: inout Sum) {
        guard !value.isNull else { return }
        sum.count += 1
        switch function {
        case .count: break
        case .countDistinct: sum.distinct.insert(value)
        case .sum, .avg: sum.total += value.number ?? 0
        case .min:
            if sum.least.isNull || (compare(value, sum.least) ?? 0) < 0 { sum.least = value }
        case .max:
            if sum.greatest.isNull || (compare(value, sum.greatest) ?? 0) > 0 { sum.greatest = value }
        }
    }

    private func compare(_ left: Value, _ right: Value) -> Int? { ValueOrder.compare(left, right, prefixes: org.schema.prefixes) }

    private func value(_ source: Grouping.Source, _ group: Group) -> Value {
        switch source {
        case .key(let index): return group.keys[index]
        case .function(let index):
            let sum = group.sums[index]
            let (function, field) = grouping.functions[index]
            switch function {
            case .count: return .int(Int64(sum.count))
            case .countDistinct: return .int(Int64(sum.distinct.count))
            case .min: return sum.least
            case .max: return sum.greatest
            case .sum:
                if sum.count == 0 { return .null }
                return field.field.type == .int ? .int(Int64(sum.total)) : .double(sum.total)
            case .avg: return sum.count == 0 ? .null : .double(sum.total / Double(sum.count))
            }
        }
    }

    private func kept(_ groups: [Group]) -> [Group] {
        guard let having = grouping.having else { return groups }
        return groups.filter { group in having.matches { value($0, group) } }
    }

    private func sorted(_ groups: [Group]) -> [Group] {
        guard !grouping.order.isEmpty else { return groups }
        return groups.sorted { left, right in
            for order in grouping.order {
                let a = value(order.source, left)
                let b = value(order.source, right)
                if a.isNull != b.isNull { return a.isNull == order.nullsFirst }
                if let sign = compare(a, b), sign != 0 { return order.descending ? sign > 0 : sign < 0 }
            }
            return false
        }
    }

    private func cut(_ groups: [Group]) -> [Group] { Array(groups.dropFirst(plan.offset).prefix(plan.limit ?? .max)) }

    /// Writes the result rows: no url, because they are no records.
    func write(_ rows: [[Value]], to json: inout JSONWriter) {
        for row in rows {
            json.object { json in
                json.fieldObject("attributes") { json in json.field("type", "AggregateResult") }
                for (column, value) in zip(grouping.columns, row) {
                    json.key(column.name)
                    json.raw { $0.append(value, prefixes: org.schema.prefixes, style: .restJSON) }
                }
            }
        }
    }
}
