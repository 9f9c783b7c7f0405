package import SandboxData

/// Picks the rows that can match at all, from ids, unique values and times that a condition asks for.
package struct CandidateRows {
    package let table: Table
    package let includesDeleted: Bool

    package init(table: Table, includesDeleted: Bool) {
        self.table = table
        self.includesDeleted = includesDeleted
    }

    package func narrow(_ condition: BoundCondition?) -> RowSet {
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
        if case .member(let field, let ids, false) = condition, field.parents.isEmpty, field.function == nil, case .id = field.field.role {
            return .list(self.ids(ids.map(Value.ref)))
        }
        guard case .compare(let field, let comparison) = condition, field.parents.isEmpty, field.function == nil else {
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
