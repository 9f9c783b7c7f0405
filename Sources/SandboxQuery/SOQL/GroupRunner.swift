package import SandboxBytes
package import SandboxData

/// Gathers the rows of a grouping query into its result rows.
package struct GroupRunner {
    package let plan: QueryPlan
    package let grouping: Grouping
    package let org: any RowSource

    package init(plan: QueryPlan, grouping: Grouping, org: any RowSource) {
        self.plan = plan
        self.grouping = grouping
        self.org = org
    }

    private struct Group {
        let set: Int
        let keys: [Value]
        var sums: [GroupSum]
    }

    /// A group's place: subtotals over a field are apart from groups in which it is null.
    private struct Place: Hashable {
        let set: Int
        let keys: [Value]
    }

    /// The values of the columns, row by row.
    package func run() async -> [[Value]] {
        let groups = subtotals(await gather())
        return cut(sorted(kept(groups))).map { group in
            grouping.columns.map { column in
                let value = value(column.source, group)
                return column.presentation == .formatted ? LocaleText.text(value, column.type) : value
            }
        }
    }

    private func gather() async -> [Group] {
        let rows = await QueryRunner(plan: plan.withoutLimit, org: org).run()
        let snapshot = org.snapshot()
        let prefixes = snapshot.schema.prefixes
        var places: [[Value]: Int] = [:]
        var groups: [Group] = []
        let empty = Array(repeating: GroupSum(), count: grouping.functions.count)
        if grouping.keys.isEmpty { groups.append(Group(set: 0, keys: [], sums: empty)) }
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
                groups.append(Group(set: 0, keys: keys, sums: empty))
            }
            for (index, function) in grouping.functions.enumerated() {
                let value = function.field.value(row, object: plan.object.index, in: snapshot)
                groups[place].sums[index].add(value, function.function, prefixes: prefixes)
            }
        }
        return groups
    }

    /// The groups and, of ROLLUP and CUBE, those over fewer fields. The first set has all of them.
    private func subtotals(_ groups: [Group]) -> [Group] {
        guard grouping.sets.count > 1 else { return groups }
        var all = groups
        var places: [Place: Int] = [:]
        for (set, members) in grouping.sets.enumerated().dropFirst() {
            for group in groups {
                let keys = zip(group.keys, members).map { $1 ? $0 : .null }
                if let known = places[Place(set: set, keys: keys)] {
                    for (index, sum) in group.sums.enumerated() {
                        all[known].sums[index].add(sum, grouping.functions[index].function, prefixes: org.schema.prefixes)
                    }
                } else {
                    places[Place(set: set, keys: keys)] = all.count
                    all.append(Group(set: set, keys: keys, sums: group.sums))
                }
            }
        }
        return all
    }

    private func compare(_ left: Value, _ right: Value) -> Int? { ValueOrder.compare(left, right, prefixes: org.schema.prefixes) }

    private func value(_ source: Grouping.Source, _ group: Group) -> Value {
        switch source {
        case .key(let index): return group.keys[index]
        case .isSubtotal(let index): return .int(grouping.sets[group.set][index] ? 0 : 1)
        case .function(let index):
            let (function, field) = grouping.functions[index]
            return group.sums[index].value(function, field.type)
        }
    }

    private func kept(_ groups: [Group]) -> [Group] {
        guard let having = grouping.having else { return groups }
        return groups.filter { group in having.matches { value($0, group) } }
    }

    private func sorted(_ groups: [Group]) -> [Group] {
        guard !grouping.order.isEmpty || grouping.sets.count > 1 else { return groups }
        return groups.sorted { left, right in
            for order in grouping.order {
                let a = value(order.source, left)
                let b = value(order.source, right)
                if a.isNull != b.isNull { return a.isNull == order.nullsFirst }
                if let sign = compare(a, b), sign != 0 { return order.descending ? sign > 0 : sign < 0 }
            }
            guard grouping.order.isEmpty else { return false }
            return precedes(left, right)
        }
    }

    /// A subtotal follows the groups it sums up.
    private func precedes(_ left: Group, _ right: Group) -> Bool {
        for index in grouping.keys.indices {
            let isSubtotal = !grouping.sets[left.set][index]
            guard isSubtotal == !grouping.sets[right.set][index] else { return !isSubtotal }
            let (a, b) = (left.keys[index], right.keys[index])
            if a.isNull != b.isNull { return a.isNull }
            if let sign = compare(a, b), sign != 0 { return sign < 0 }
        }
        return false
    }

    private func cut(_ groups: [Group]) -> [Group] { Array(groups.dropFirst(plan.offset).prefix(plan.limit ?? .max)) }

    /// Writes the result rows: no url, because they are no records.
    package func write(_ rows: [[Value]], to json: inout JSONWriter) {
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
