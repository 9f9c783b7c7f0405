import Catalog
import JobQueue
import MappedSchema

/// Makes metadata tables anew that somebody has dropped from a schema in use: without the log every change of an application fails.
struct MetadataUpkeep: Sendable {
    let scope: SyncScope
    let ownership: SchemaOwnership

    /// - Parameter missing: the tables that are not there.
    /// - Throws: `MappedSchemaError`, `PostgresError`, `LeaseLost`.
    func heal(_ missing: [String]) async throws {
        let (connection, schema) = (scope.connection, scope.connection.schemaName)
        // Before the first load there is nothing to heal.
        guard try await scope.catalog.mappings(connection.id).contains(where: { $0.tableSchema != nil }) else { return }
        let job = scope.context.job
        _ = try await scope.commit { [ownership] session in
            try TargetMetadata.ensure(schema: schema, ownership: ownership, in: session)
        } records: { made, session in
            guard !made.isEmpty else { return }
            let names = made.map { "\(schema).\($0)" }.joined(separator: ", ")
            let text = "\(names) was gone (DROP TABLE) and is made anew\(TargetMetadata.loss(of: made))"
            try CatalogStore.event(.warning, connection: connection.id, job: job.id, type: EventType(jobKind: job.kind), text, in: session)
            try CatalogStore.notify(connection.id, eventType: "postgres-connection", message: text, in: session)
        }
    }
}
