public import Catalog
import Foundation
public import JobQueue
import Postgres
import Salesforce

/// Writes a connection's captured changes to Salesforce, in the order of the log, until none waits.
public struct WriteStep: Sendable {
    /// Changes looked at together: enough to fill batches, few enough to hold in memory.
    static let setSize = 2000

    let scope: SyncScope
    let tables: [String: TableSchema]
    let mappings: [String: Mapping]
    let log: TriggerLog

    /// A write of one connection.
    ///
    /// - Parameter mappings: all of the connection's mappings; those never loaded have no table yet and no changes.
    /// - Throws: `SyncError` when a stored table shape cannot be read.
    public init(scope: SyncScope, mappings: [Mapping]) throws {
        self.scope = scope
        var tables: [String: TableSchema] = [:]
        for mapping in mappings { tables[mapping.tableName] = try mapping.table() }
        self.tables = tables
        self.mappings = Dictionary(uniqueKeysWithValues: mappings.map { ($0.tableName, $0) })
        log = TriggerLog(schema: scope.connection.schemaName)
    }

    /// Writes what waits.
    ///
    /// - Throws: `JobFailure.retry` when something that can pass kept changes from being written; they wait on. `SalesforceError`,
    ///   `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        guard !tables.isEmpty else { return .completed("nothing is mapped yet") }
        var total = WriteSummary()
        while true {
            let waiting = try await scope.target.pool.withSession { [log, names = Array(tables.keys)] session in
                try log.waiting(tables: names, limit: Self.setSize, in: session)
            }
            guard !waiting.isEmpty else { break }
            try await scope.catalog.setConnectionState(scope.connection.id, .pollingDBChanges, from: [.idle])
            let summary = try await write(waiting)
            total.add(summary)
            try await updateCounts()
            if let problem = summary.postponed { throw JobFailure.retry(after: .seconds(2), problem) }
            try Task.checkCancellation()
        }
        try await upkeep(wrote: total.written + total.failed > 0)
        return .completed("\(total.written) written, \(total.failed) failed, \(total.ignored) ignored in \(total.calls) calls")
    }

    private func write(_ changes: [Change]) async throws -> WriteSummary {
        let plan = WritePlan(changes, references: references, batchSize: scope.connection.writeBatchSize)
        var summary = WriteSummary()
        var held: Set<RecordKey> = []
        for wave in plan.waves {
            for batch in wave {
                guard let table = tables[batch.table] else { continue }
                // What follows a change that could not be written yet waits with it: order is kept per record.
                var batch = batch
                batch.changes.removeAll { held.contains(RecordKey(table: batch.table, recordID: $0.recordID)) }
                guard !batch.changes.isEmpty else { continue }
                let outcome = try await BatchWrite(scope: scope, log: log, table: table, batch: batch).run()
                held.formUnion(outcome.postponed.map { RecordKey(table: batch.table, recordID: $0.recordID) })
                summary.add(outcome.summary)
                if let mapping = mappings[batch.table] { try await note(outcome.summary, mapping) }
            }
        }
        return summary
    }

    private struct RecordKey: Hashable {
        let table: String
        let recordID: Int64
    }

    /// For each mapped table, the mapped tables that its rows refer to.
    private var references: [String: Set<String>] {
        tables.mapValues { table in
            Set(table.columns.flatMap(\.referencesObjects).map(SalesforceName.table(ofObject:)).filter { tables[$0] != nil })
        }
    }

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
