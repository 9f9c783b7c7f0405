/// Finds a query's rows: narrows the candidates by index, tests each, sorts, and cuts.
struct QueryRunner {
    let plan: QueryPlan
    private let condition: BoundCondition?
    private let snapshot: OrgSnapshot
    private let candidates: RowSet
    private let hasDeleted: Bool
    private let hasPurged: Bool

    init(plan: QueryPlan, org: Org) async {
        self.plan = plan
        let condition = await plan.condition?.resolved(org)
        self.condition = condition
        (snapshot, candidates, hasDeleted, hasPurged) = org.read { state in
            let table = state.tables[plan.object.index]
            let narrowed = CandidateRows(table: table, includesDeleted: plan.includesDeleted).narrow(condition)
            return (
                OrgSnapshot(schema: org.schema, stores: state.tables.map(\.rows)), narrowed, table.deletedCount > 0, table.purgedCount > 0
            )
        }
    }

    /// Gives other requests a turn now and then: a scan of a million rows takes a while.
    func run() async -> RowSet {
        let seesAll = plan.includesDeleted || !hasDeleted
        let store = snapshot.stores[plan.object.index]
        if condition == nil, seesAll, !hasPurged, plan.order.allSatisfy({ isRowOrder($0) }), case .range(let range) = candidates {
            return cut(.range(range))
        }
        let wanted = plan.order.allSatisfy { isRowOrder($0) } ? plan.limit.map { $0 + plan.offset } : nil
        var found: [Int] = []
        for position in 0..<candidates.count {
            if position & 0x3FFF == 0x3FFF { await Task.yield() }
            let row = candidates[position]
            if !seesAll || hasPurged, let state = store.state(row), state.isPurged || (state.isDeleted && !plan.includesDeleted) {
                continue
            }
            if let condition, !condition.matches(row, object: plan.object.index, in: snapshot) { continue }
            found.append(row)
            if let wanted, found.count >= wanted { break }
        }
        if !plan.order.allSatisfy({ isRowOrder($0) }) { found = await sorted(found) }
        return cut(.list(found))
    }

    /// Ids ascend with row numbers, so this order is there already.
    private func isRowOrder(_ order: QueryPlan.Order) -> Bool {
        guard order.field.parents.isEmpty, !order.descending, case .id = order.field.field.role else { return false }
        return true
    }

    private func sorted(_ rows: [Int]) async -> [Int] {
        var keyed: [(row: Int, keys: [Value])] = []
        keyed.reserveCapacity(rows.count)
        for (position, row) in rows.enumerated() {
            if position & 0x3FFF == 0x3FFF { await Task.yield() }
            let keys = plan.order.map { order -> Value in
                let value = order.field.value(row, object: plan.object.index, in: snapshot)
                if case .text(let text) = value { return .text(text.lowercased()) }
                return value
            }
            keyed.append((row, keys))
        }
        keyed.sort { left, right in
            for (index, order) in plan.order.enumerated() {
                let a = left.keys[index]
                let b = right.keys[index]
                if a.isNull != b.isNull { return a.isNull == order.nullsFirst }
                if let sign = ValueOrder.compare(a, b, prefixes: snapshot.schema.prefixes), sign != 0 {
                    return order.descending ? sign > 0 : sign < 0
                }
            }
            return left.row < right.row
        }
        return keyed.map(\.row)
    }

    private func cut(_ rows: RowSet) -> RowSet {
        let start = min(plan.offset, rows.count)
        let end = min(start + (plan.limit ?? rows.count), rows.count)
        switch rows {
        case .range(let range): return .range((range.lowerBound + start)..<(range.lowerBound + end))
        case .list(let list): return start == 0 && end == list.count ? rows : .list(Array(list[start..<end]))
        }
    }
}

/// Picks the rows that can match at all, from ids, unique values and times that a condition asks for.
struct CandidateRows {
    let table: Table
    let includesDeleted: Bool

    func narrow(_ condition: BoundCondition?) -> RowSet {
        let everything = RowSet.range(0..<table.rows.count)
        guard let condition else { return everything }
        let parts = if case .all(let parts) = condition { parts } else { [condition] }
        var best = everything
        for part in parts {
            if let rows = rows(part), rows.count < best.count { best = rows }
        }
        return best
    }

    private func rows(_ condition: BoundCondition) -> RowSet? {
        if case .member(let field, let ids, false) = condition, field.parents.isEmpty, case .id = field.field.role {
            return .list(self.ids(ids.map(Value.ref)))
        }
        guard case .compare(let field, let comparison) = condition, field.parents.isEmpty else {
            if case .all = condition { return narrow(condition) }
            return nil
        }
        switch (field.field.role, comparison.kind) {
        case (.id, .equal), (.id, .in): return .list(ids(comparison.operands))
        case (.id, .greater), (.id, .greaterOrEqual), (.id, .less), (.id, .lessOrEqual): return range(comparison)
        case (.modstamp, .greaterOrEqual), (.modstamp, .greater), (.modstamp, .equal):
            guard case .datetime(let time) = comparison.operands[0], let rows = table.changed(since: time) else { return nil }
            return .list(rows)
        case (.stored, .equal), (.stored, .in):
            // Deleted rows are in no unique index, so a query that wants them cannot be narrowed by it.
            guard field.field.isUnique, !includesDeleted || table.deletedCount == 0, !comparison.operands.contains(.null) else {
                return nil
            }
            return .list(Array(Set(comparison.operands.compactMap { table.row(where: field.field, equals: $0) })).sorted())
        default: return nil
        }
    }

    private func ids(_ operands: [Value]) -> [Int] {
        let rows = operands.compactMap { operand -> Int? in
            guard case .ref(let id) = operand, id.object == table.object.index, table.exists(id.row) else { return nil }
            return id.row
        }
        return Array(Set(rows)).sorted()
    }

    /// Rows ascend with ids, so the boundary is found by halving.
    private func range(_ comparison: Comparison) -> RowSet {
        let isLower = comparison.kind == .greater || comparison.kind == .greaterOrEqual
        var low = 0
        var high = table.rows.count
        while low < high {
            let middle = (low + high) / 2
            let matches = comparison.matches(.ref(RecordID(object: table.object.index, row: middle)))
            if matches == isLower { high = middle } else { low = middle + 1 }
        }
        return .range(isLower ? low..<table.rows.count : 0..<low)
    }
}
