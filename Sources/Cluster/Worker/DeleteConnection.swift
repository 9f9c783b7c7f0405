import Catalog
import JobQueue
import MappedSchema
import Postgres
import Sync

/// Takes a connection away: waits until nothing works for it any more, takes the triggers from its tables and its name from the schema, and forgets
/// it. Tables and rows stay. A step that is run again goes on where it was.
struct DeleteConnection: Sendable {
    let catalog: CatalogStore
    /// Where the connection's schema is.
    let target: @Sendable (Connection) async throws -> TargetDatabase
    let context: JobContext

    func run() async throws -> JobOutcome {
        let args: DeleteConnectionArgs = try context.job.decodeArgs()
        guard let id = context.job.connectionID, let connection = try await catalog.connection(id) else {
            return .completed("the connection is gone")
        }
        let job = context.job.id
        let left = try await catalog.pool.transaction { try CatalogStore.cancelJobs(of: id, besides: job, in: $0) }
        // Those that run end when their workers hear of it.
        guard left == 0 else { return .snooze(.seconds(1)) }
        let tables = try await leaveSchema(connection)
        let lease = context.job.lease
        try await catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            guard try CatalogStore.deleteConnection(id, in: session) else { return }
            try CatalogStore.audit(
                id, actor: args.requestedBy, action: "connection.delete",
                details: [
                    "name": .string(connection.name), "app_name": .string(connection.appName),
                    "schema_name": .string(connection.schemaName),
                    "tables": .array(tables.map { .string($0) }),
                ], in: session)
        }
        return .completed("deleted; \(tables.count) tables stay, without triggers")
    }

    private func leaveSchema(_ connection: Connection) async throws -> [String] {
        let ownership = SchemaOwnership(connection: connection, controlDatabase: try await catalog.controlDatabaseID())
        let target = try await target(connection)
        return try await target.transaction(under: context.job.lease) { session in
            // What is another's, or was taken over, is not touched.
            guard try ownership.release(in: session) else { return [] }
            return try CaptureRemoval(schema: connection.schemaName).run(in: session)
        }
    }
}
