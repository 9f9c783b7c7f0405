import SandboxData

/// Finds a query's rows: narrows the candidates by index, tests each, sorts, and cuts.
package struct QueryRunner {
    package let plan: QueryPlan
    private let condition: BoundCondition?
    private let snapshot: OrgSnapshot
    private let candidates: RowSet
    private let hasDeleted: Bool
    private let hasPurged: Bool

    /// Rows between two turns for others: a scan of a million rows takes a while.
    private static let turn = 0x3FFF

    package init(plan: QueryPlan, org: any RowSource) async {
        self.plan = plan
        let condition = await plan.condition?.resolved(org)
        self.condition = condition
        (snapshot, candidates, hasDeleted, hasPurged) = org.look { tables, snapshot in
            let table = tables[plan.object.index]
            let narrowed = CandidateRows(table: table, includesDeleted: plan.includesDeleted).narrow(condition)
            return (snapshot, narrowed, table.deletedCount > 0, table.purgedCount > 0)
        }
    }

    package func run() async -> RowSet {
        if let isDescending = rowOrder { return await inRowOrder(isDescending) }
        var sorter = RowSorter(order: plan.order, object: plan.object.index, snapshot: snapshot, limit: plan.limit.map { $0 + plan.offset })
        for position in 0..<candidates.count {
            if position & Self.turn == Self.turn { await Task.yield() }
            let row = candidates[position]
            if isFound(row) { sorter.add(row) }
        }
        return cut(.list(sorter.finish()))
    }

    private var seesAll: Bool { plan.includesDeleted || !hasDeleted }

    @inline(__always)
    private func isFound(_ row: Int) -> Bool {
        if !seesAll || hasPurged, let state = snapshot.stores[plan.object.index].state(row),
            state.isPurged || (state.isDeleted && !plan.includesDeleted)
        {
            return false
        }
        return condition?.matches(row, object: plan.object.index, in: snapshot) ?? true
    }

    private func inRowOrder(_ isDescending: Bool) async -> RowSet {
        if condition == nil, seesAll, !hasPurged, !isDescending, case .range(let range) = candidates { return cut(.range(range)) }
        let wanted = plan.limit.map { $0 + plan.offset } ?? .max
        var found: [Int] = []
        for position in 0..<candidates.count where found.count < wanted {
            if position & Self.turn == Self.turn { await Task.yield() }
            let row = candidates[isDescending ? candidates.count - 1 - position : position]
            if isFound(row) { found.append(row) }
        }
        return cut(.list(found))
    }

    /// Ids ascend with row numbers, so an order by id is there already, one way or the other; nil for any other order.
    private var rowOrder: Bool? {
        guard let first = plan.order.first else { return false }
        guard first.field.parents.isEmpty, first.field.function == nil, case .id = first.field.field.role else { return nil }
        return first.descending
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
