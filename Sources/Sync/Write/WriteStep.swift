public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Writes a connection's captured changes to Salesforce, in the order of the log, until none waits. A table that cannot be written is parked,
/// with what is wrong, until its next try; the others go on.
public struct WriteStep: Sendable {
    /// Changes looked at together: enough to fill batches, few enough to hold in memory.
    static let setSize = 2000

    let scope: SyncScope
    let mappings: [String: Mapping]
    let log: TriggerLog

    /// A write of one connection.
    ///
    /// - Parameter mappings: all of the connection's mappings; those never loaded have no table yet and no changes.
    public init(scope: SyncScope, mappings: [Mapping]) {
        self.scope = scope
        self.mappings = Dictionary(uniqueKeysWithValues: mappings.map { ($0.tableName, $0) })
        log = TriggerLog(schema: scope.connection.schemaName)
    }

    /// Writes what waits.
    ///
    /// - Throws: `JobFailure.retry` when something that can pass kept changes from being written; they wait on. `SalesforceError`,
    ///   `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        var tables: [String: TableSchema] = [:]
        var run = WriteRun()
        let resting = try await scope.catalog.parkedWrites(scope.connection.id)
        for (name, mapping) in mappings where !resting.contains(mapping.id) {
            do {
                tables[name] = try mapping.table()
            } catch let error as SyncError {
                try await park(mapping, TableFault(state: .badConfig, message: error.message))
                run.parked.insert(name)
            }
        }
        guard !mappings.values.allSatisfy({ $0.tableSchema == nil }) else { return .completed("nothing is mapped yet") }
        run.parked.formUnion(mappings.filter { resting.contains($0.value.id) }.keys)
        let tried = tables.keys
        var cursor: Int64 = 0
        while true {
            // What is put back to wait is for the next run: a run goes through the log once.
            let (open, after) = (tables.filter { !run.parked.contains($0.key) }, cursor)
            let waiting = try await scope.target.pool.withSession { [log] session in
                try log.waiting(tables: open, after: after, limit: Self.setSize, in: session)
            }
            guard let last = waiting.last else { break }
            cursor = last.id
            try await scope.catalog.setConnectionState(scope.connection.id, .pollingDBChanges, from: [.idle])
            let changes = try await takeMalformed(waiting, &run)
            try await write(changes, open, &run)
            try await updateCounts()
            if let problem = run.total.postponed { throw JobFailure.retry(after: .seconds(2), problem) }
            try Task.checkCancellation()
        }
        for name in tried where !run.parked.contains(name) { try await release(name) }
        try await upkeep(wrote: run.total.written + run.total.failed > 0)
        let total = run.total
        let parked = run.parked.isEmpty ? "" : "; parked: \(run.parked.sorted().joined(separator: ", "))"
        return .completed("\(total.written) written, \(total.failed) failed, \(total.ignored) ignored in \(total.calls) calls\(parked)")
    }

    private func write(_ changes: [Change], _ tables: [String: TableSchema], _ run: inout WriteRun) async throws {
        let plan = WritePlan(changes, shapes: WriteShape.of(tables), batchSize: scope.connection.writeBatchSize)
        for wave in plan.waves {
            for batch in wave {
                guard let table = tables[batch.table], let mapping = mappings[batch.table] else { continue }
                var batch = batch
                if !run.parked.isEmpty { run.hold(try await childrenOfParked(batch, table, run.parked)) }
                let refused = run.sift(&batch, plan: plan, upsertColumn: table.upsertColumn)
                do {
                    try await record(refused, table)
                    run.note(refused)
                    guard !batch.changes.isEmpty else {
                        if !refused.isEmpty { try await note(WriteSummary(results: refused, calls: 0, postponed: nil), mapping) }
                        continue
                    }
                    let outcome = try await BatchWrite(scope: scope, log: log, table: table, batch: batch).run()
                    run.note(outcome)
                    var summary = outcome.summary
                    summary.add(WriteSummary(results: refused, calls: 0, postponed: nil))
                    try await note(summary, mapping)
                } catch let fault as TableFault {
                    run.park(batch)
                    try await park(mapping, fault)
                }
            }
        }
    }

    /// Changes that name a parent by its external id which waits in a table that cannot be written.
    private func childrenOfParked(_ batch: WritePlan.Batch, _ table: TableSchema, _ parked: Set<String>) async throws -> [Change] {
        guard batch.action != .delete else { return [] }
        var children: [Change] = []
        for key in table.parentKeys {
            let parents = key.parentTables.filter { parked.contains($0) }
            let values = batch.changes.compactMap { $0.values[key.column] ?? nil }
            guard !parents.isEmpty, !values.isEmpty else { continue }
            let waiting = try await scope.target.pool.withSession { [log] in
                try log.waitingKeys(tables: parents, column: key.parentColumn, values: values, in: $0)
            }
            children += batch.changes.filter { change in
                (change.values[key.column] ?? nil).map { waiting.contains($0.lowercased()) } ?? false
            }
        }
        return children
    }

    /// Changes that take a unique value whose holder could not give it up.
    private func record(_ results: [ChangeResult], _ table: TableSchema) async throws {
        guard !results.isEmpty else { return }
        let recorder = ResultRecorder(log: log, table: table)
        do {
            _ = try await scope.target.transaction(under: scope.lease) { try recorder.record(results, in: $0) }
        } catch let error as PostgresError {
            throw TableFault(error, table: table.qualifiedName) ?? error
        }
    }

    /// Ends rows of the log that cannot be read as changes, and returns the others.
    private func takeMalformed(_ entries: [LogEntry], _ run: inout WriteRun) async throws -> [Change] {
        var changes: [Change] = []
        var problems: [String: [(id: Int64, problem: String)]] = [:]
        for entry in entries {
            switch entry {
            case .change(let change): changes.append(change)
            case .malformed(let id, let table, let problem): problems[table, default: []].append((id, problem))
            }
        }
        for (table, list) in problems.sorted(by: { $0.key < $1.key }) {
            try await scope.target.transaction(under: scope.lease) { [log] in
                try log.fail(list.map { (id: $0.id, problem: "MALFORMED_LOG_ROW: \($0.problem)") }, in: $0)
            }
            var summary = WriteSummary()
            summary.failed = list.count
            summary.firstFailure = "the trigger log's row \(list[0].id) cannot be read: \(list[0].problem)"
            run.total.add(summary)
            if let mapping = mappings[table] { try await note(summary, mapping) }
        }
        return changes
    }

    // MARK: - Parking

    private func park(_ mapping: Mapping, _ fault: TableFault) async throws {
        let (lease, connectionID, jobID) = (scope.lease, scope.connection.id, scope.context.job.id)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try CatalogStore.parkWrites(
                mapping.id, state: fault.state, reason: fault.message, needsLoad: fault.needsLoad, in: session)
            try CatalogStore.event(
                .error, connection: connectionID, mapping: mapping.id, job: jobID,
                "Writes to \(mapping.objectName) are parked: \(fault.message)", in: session)
        }
    }

    private func release(_ table: String) async throws {
        guard let mapping = mappings[table], mapping.nextWriteAt != nil else { return }
        try await scope.catalog.releaseWrites(mapping.id)
        try await scope.say(mapping: mapping, "Writes to \(mapping.objectName) go on")
    }

    // MARK: - What people see

    private func note(_ summary: WriteSummary, _ mapping: Mapping) async throws {
        guard summary.written + summary.failed > 0 else { return }
        try await scope.catalog.recordActivity(mapping.id, .databaseToSalesforce, rows: summary.written, errors: summary.failed)
        try await scope.catalog.updateMapping(mapping.id, MappingUpdate(moments: [.sfWritten, .dbPolled]))
        let level: EventLevel = summary.failed > 0 ? .warning : .info
        try await scope.say(
            level, mapping: mapping,
            "\(mapping.objectName) \(summary.written) written ↑SALESFORCE, \(summary.failed) failed\(summary.firstFailure.map { ": \($0)" } ?? "")"
        )
        if summary.failed > 0 {
            try await scope.catalog.notify(
                scope.connection.id, eventType: "mapping-error",
                message: "Writes to \(mapping.objectName) failed: \(summary.firstFailure ?? "see the trigger log")")
        }
    }

    private func updateCounts() async throws {
        let counts = try await scope.target.pool.withSession { [log] in try log.counts(in: $0) }
        for (table, mapping) in mappings {
            let count = counts[table] ?? (pending: 0, failed: 0)
            try await scope.catalog.updateMapping(mapping.id, MappingUpdate(pendingWrites: count.pending, erroredWrites: count.failed))
        }
    }

    private func upkeep(wrote: Bool) async throws {
        if wrote { try await scope.catalog.noteWrite(scope.connection.id) }
        try await scope.catalog.setConnectionState(scope.connection.id, .idle, from: [.pollingDBChanges])
        try await updateCounts()
        try await scope.target.pool.transaction { [log] in try log.archiveProcessed(in: $0) }
    }
}
