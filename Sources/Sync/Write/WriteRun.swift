import MappedSchema

/// What one run of a write knows of the changes behind it: what must wait, and what cannot succeed any more. A value without I/O.
struct WriteRun: Sendable {
    /// What was done so far.
    var total = WriteSummary()
    /// Tables that cannot be written for now.
    var parked: Set<String> = []

    private var held: Set<Int64> = []
    private var failed: Set<Int64> = []

    /// Takes out of a batch what must not be sent: changes that depend on others that wait on, and upserts that would overwrite the record
    /// which still holds their unique value.
    ///
    /// - Returns: the results of the latter.
    mutating func sift(_ batch: inout WritePlan.Batch, plan: WritePlan, upsertColumn: String?) -> [ChangeResult] {
        var sendable: [Change] = []
        var refused: [ChangeResult] = []
        for change in batch.changes {
            let dependencies = plan.dependencies[change.id] ?? []
            if parked.contains(change.table) || held.contains(change.id) || dependencies.contains(where: { held.contains($0.on) }) {
                held.insert(change.id)
            } else if let refusal = refusal(change, dependencies, upsertColumn: upsertColumn) {
                refused.append(refusal)
            } else {
                sendable.append(change)
            }
        }
        batch.changes = sendable
        return refused
    }

    private func refusal(_ change: Change, _ dependencies: [WritePlan.Dependency], upsertColumn: String?) -> ChangeResult? {
        for dependency in dependencies where failed.contains(dependency.on) {
            // Other writes that take the value are refused by Salesforce itself.
            guard case .uniqueValue(let column, let value) = dependency.kind, change.action == .insert, column == upsertColumn else {
                continue
            }
            return .failure(
                change, code: "DUPLICATE_VALUE",
                message:
                    "the value \"\(value)\" of \(column) still belongs to another record: the change that gives it up failed (trigger log id \(dependency.on))"
            )
        }
        return nil
    }

    /// Results that came without a call.
    mutating func note(_ results: [ChangeResult]) {
        failed.formUnion(results.map(\.change.id))
        total.add(WriteSummary(results: results, calls: 0, postponed: nil))
    }

    /// What became of a batch.
    mutating func note(_ outcome: BatchWrite.Outcome) {
        held.formUnion(outcome.postponed.map(\.id))
        failed.formUnion(outcome.failed)
        total.add(outcome.summary)
    }

    /// Changes that wait for what cannot be written for now.
    mutating func hold(_ changes: [Change]) { held.formUnion(changes.map(\.id)) }

    /// No more of the batch's table in this run.
    mutating func park(_ batch: WritePlan.Batch) {
        parked.insert(batch.table)
        held.formUnion(batch.changes.map(\.id))
    }
}
