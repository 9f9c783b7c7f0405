import Catalog
import JobQueue
import LoggedChanges
import MappedSchema
import Postgres
import Sync

/// Records on rows and log what became of changes of one table, all in one transaction where the table lets it.
struct WriteRecord: Sendable {
    struct Outcome: Sendable {
        /// The results as they were recorded.
        var recorded: [ChangeResult] = []
        /// Changes whose results are on the log alone: they are settled the next time.
        var deferred: [Change] = []
        /// Why no change of the table can be written.
        var fault: TableFault?
    }

    let scope: SyncScope
    let log: TriggerLog
    let table: TableSchema

    private var recorder: ResultRecorder { ResultRecorder(log: log, table: table) }

    /// - Throws: `PostgresError`, `LeaseLost`.
    func record(_ results: [ChangeResult]) async throws -> Outcome {
        guard !results.isEmpty else { return Outcome() }
        var unmarked: [(result: ChangeResult, error: PostgresError)] = []
        var outcome = Outcome()
        try await record(results[...], recorded: &outcome.recorded, unmarked: &unmarked)
        guard let first = unmarked.first?.error else { return outcome }
        let (recorder, failures) = (recorder, unmarked)
        // One row may be at odds with a trigger or a constraint; when all are, it is the table.
        if TableFault.concernsWholeTable(first) || outcome.recorded.isEmpty && results.count > 1 {
            try await scope.target.transaction(under: scope.lease) { try recorder.recordOnLog(failures.map(\.result), in: $0) }
            outcome.deferred = failures.map(\.result.change)
            outcome.fault = TableFault(first, table: table.qualifiedName) ?? TableFault(state: .systemError, message: first.message)
            return outcome
        }
        try await scope.target.transaction(under: scope.lease) { session in
            try recorder.recordFailures(failures.map { ($0.result, $0.error.message) }, in: session)
        }
        outcome.recorded += failures.map {
            .failure($0.result.change, sfid: $0.result.sfid, code: "ROW_NOT_WRITABLE", message: $0.error.message)
        }
        return outcome
    }

    private func record(
        _ results: ArraySlice<ChangeResult>, recorded: inout [ChangeResult],
        unmarked: inout [(result: ChangeResult, error: PostgresError)]
    ) async throws {
        do {
            let (recorder, part) = (recorder, Array(results))
            let left = try await scope.target.pool.withSession { try recorder.recordsLeft(by: part, in: $0) }
            // Before, for whoever dies after the commit; and after it, for a poll that read them meanwhile.
            try await readAgain(left)
            recorded += try await scope.target.transaction(under: scope.lease) { try recorder.record(part, in: $0) }
            try await readAgain(left)
        } catch let error as PostgresError where TableFault(error, table: table.qualifiedName) != nil {
            guard results.count > 1, !TableFault.concernsWholeTable(error) else {
                unmarked += results.map { ($0, error) }
                return
            }
            let middle = results.startIndex + results.count / 2
            try await record(results[..<middle], recorded: &recorded, unmarked: &unmarked)
            try await record(results[middle...], recorded: &recorded, unmarked: &unmarked)
        }
    }

    /// Has the next poll read records whose rows have others by now.
    private func readAgain(_ records: [String]) async throws {
        guard !records.isEmpty,
            let mapping = try await scope.catalog.mappings(scope.connection.id).first(where: { $0.tableName == table.table })
        else { return }
        let rows = records.map {
            RefusedRow(
                sfid: $0, sqlState: PostgresError.uniqueViolation, constraint: nil,
                reason: "its row has the record that the row's own insert made: it is read again")
        }
        let lease = scope.lease
        _ = try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try CatalogStore.noteRefused(rows, of: mapping.id, in: session)
        }
    }
}
