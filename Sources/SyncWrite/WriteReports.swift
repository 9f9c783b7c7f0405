import Catalog
import JobQueue
import Logging
import Postgres
import Sync
import SyncJournal

/// What people see of a run while it lasts: activity, counts, lines and notifications, told together at most once a second.
final actor WriteReports {
    private static let pause = Duration.seconds(1)

    private let scope: SyncScope
    private let mappings: [String: Mapping]
    private var untold: [String: WriteSummary] = [:]
    private var lastTold: ContinuousClock.Instant?
    private var hasBegun = false

    init(scope: SyncScope, mappings: [String: Mapping]) {
        self.scope = scope
        self.mappings = mappings
    }

    /// Says that changes wait, how many, and that they are being written.
    ///
    /// - Throws: `PostgresError`.
    func begin() async throws {
        guard !hasBegun else { return }
        hasBegun = true
        try await scope.catalog.setConnectionState(scope.connection.id, .pollingDBChanges, from: [.idle])
    }

    /// - Throws: `PostgresError`.
    func note(_ summary: WriteSummary, of table: String) async throws {
        guard summary.written + summary.failed + summary.ignored > 0 else { return }
        untold[table, default: WriteSummary()].add(summary)
        let now = ContinuousClock.now
        guard lastTold.map({ now - $0 >= Self.pause }) ?? false else {
            lastTold = lastTold ?? now
            return
        }
        lastTold = now
        try await tell()
    }

    /// Tells what is left. What cannot be told does not undo what was written.
    func flush() async {
        do {
            try await tell()
        } catch {
            scope.context.logger.warning("What was written could not be told", metadata: ["error": "\(error)"])
        }
    }

    private func tell() async throws {
        let summaries = untold
        untold = [:]
        for (table, summary) in summaries.sorted(by: { $0.key < $1.key }) {
            guard let mapping = mappings[table] else { continue }
            try await tell(summary, of: mapping)
        }
    }

    private func tell(_ summary: WriteSummary, of mapping: Mapping) async throws {
        let (rows, failedRows) = (summary.rows, summary.failedRows)
        let (lease, written, failed) = (scope.lease, summary.written, summary.failed)
        let (connectionID, job) = (scope.connection.id, scope.context.job)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            if written + failed > 0 {
                try CatalogStore.recordActivity(mapping.id, .databaseToSalesforce, rows: written, errors: failed, in: session)
            }
            try CatalogStore.updateMapping(
                mapping.id,
                MappingUpdate(
                    pendingWritesChange: -rows, erroredWritesChange: failedRows,
                    moments: written + failed > 0 ? [.sfWritten, .dbPolled] : []),
                in: session)
            guard written + failed > 0 else { return }
            try CatalogStore.event(
                failed > 0 ? .warning : .info, connection: connectionID, mapping: mapping.id, job: job.id, row: summary.row,
                type: EventType(jobKind: job.kind),
                "\(mapping.objectName) \(written) written ↑SALESFORCE, \(failed) failed\(summary.firstFailure.map { ": \($0)" } ?? "")",
                in: session)
            guard failed > 0 else { return }
            try CatalogStore.notify(
                connectionID, eventType: "mapping-error",
                message: "Writes to \(mapping.objectName) failed: \(summary.firstFailure ?? "see the trigger log")", in: session)
        }
    }

    /// Keeps a table's changes from being tried for a while, and says why.
    ///
    /// - Throws: `PostgresError`; `LeaseLost`.
    func park(_ table: String, _ fault: TableFault) async throws {
        guard let mapping = mappings[table] else { return }
        let (lease, connectionID, jobID) = (scope.lease, scope.connection.id, scope.context.job.id)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try CatalogStore.parkWrites(mapping.id, state: fault.state, reason: fault.message, needsLoad: fault.needsLoad, in: session)
            try CatalogStore.event(
                .error, connection: connectionID, mapping: mapping.id, job: jobID, type: .write,
                "Writes to \(mapping.objectName) are parked: \(fault.message)", in: session)
        }
    }
}
