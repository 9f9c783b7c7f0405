import Catalog
public import JobQueue
import MappedSchema

/// Keeps the trigger log short: what was processed a day ago goes to the archive, and out of it in its time.
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
        return .completed("\(archived) rows archived, \(dropped) dropped")
    }
}
