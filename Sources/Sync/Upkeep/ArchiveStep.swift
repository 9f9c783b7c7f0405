import Catalog
import Foundation
public import JobQueue
import LoggedChanges
import MappedSchema
import Postgres

/// Keeps the target database tidy: what was processed a day ago goes from the trigger log to the archive, and out of it in its time; what loads left
/// behind goes.
public struct ArchiveStep: Sendable {
    /// How long archived rows are kept, where nothing else is said (Heroku Connect's paid plans: 31 days).
    public static let defaultRetention = Duration.seconds(31 * 24 * 3600)

    let scope: SyncScope
    let retention: Duration

    /// The archiving of one connection's log.
    ///
    /// - Parameter retention: how long archived rows are kept.
    public init(scope: SyncScope, retention: Duration = Self.defaultRetention) {
        self.scope = scope
        self.retention = retention
    }

    /// Some thousand rows a transaction, until none is left.
    ///
    /// - Throws: `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        let log = TriggerLog(schema: scope.connection.schemaName)
        var (archived, dropped) = (0, 0)
        while true {
            try Task.checkCancellation()
            let moved = try await scope.target.transaction(under: scope.lease) { [retention] in
                try log.archiveProcessed(keeping: retention, in: $0)
            }
            archived += moved.archived
            dropped += moved.dropped
            if moved.archived + moved.dropped == 0 { break }
        }
        let stages = try await sweepStages()
        return .completed(
            "\(archived) rows archived, \(dropped) dropped\(stages == 0 ? "" : "; \(stages) stages of loads that are over dropped")")
    }

    /// Stages that no job needs any more.
    private func sweepStages() async throws -> Int {
        let owner = try await scope.catalog.controlDatabaseID().uuidString
        var swept = 0
        for stage in try await scope.target.pool.withSession({ try StageMark.all(of: owner, in: $0) })
        where try await scope.context.queue.kind(ofLive: stage.jobID) == nil {
            do {
                try await scope.target.transaction(under: scope.lease) { try stage.drop(in: $0) }
                swept += 1
            } catch let error as PostgresError where error.sqlState == "55P03" {
                // In use still: the next hour's.
                continue
            }
        }
        return swept
    }
}
