public import Catalog
import Foundation
public import HTTPTransport
public import JobQueue
import Logging
public import MappedSchema
package import Postgres
public import Salesforce

/// What the steps of one connection work with, under one job's lease.
public struct SyncScope: Sendable {
    /// The connection, as it was when the job began.
    public let connection: Connection
    /// Its Salesforce client.
    public let salesforce: SalesforceClient
    /// How bulk results are downloaded.
    public let transfers: HTTPClientConfiguration
    /// Its target database.
    public let target: TargetDatabase
    /// The control database's records.
    public let catalog: CatalogStore
    /// The running job, for its lease, checkpoints and log.
    public let context: JobContext

    /// Gathers a step's surroundings.
    public init(
        connection: Connection, salesforce: SalesforceClient, transfers: HTTPClientConfiguration, target: TargetDatabase,
        catalog: CatalogStore,
        context: JobContext
    ) {
        self.connection = connection
        self.salesforce = salesforce
        self.transfers = transfers
        self.target = target
        self.catalog = catalog
        self.context = context
    }

    /// What the job holds: every transaction that commits rows or records names it.
    package var lease: Lease { context.job.lease }
    var logger: Logger { context.logger }

    /// Checks that the mapped schema is this connection's, before a step touches anything in it, and that its metadata is there.
    ///
    /// - Throws: `SyncError` with code `.foreignSchema`; `PostgresError`.
    public func checkOwnership() async throws {
        let ownership = SchemaOwnership(connection: connection, controlDatabase: try await catalog.controlDatabaseID())
        let schema = connection.schemaName
        let missing = try await target.pool.withSession { session in
            try ownership.check(in: session)
            return try TargetMetadata.missingTables(schema: schema, in: session)
        }
        if !missing.isEmpty { try await MetadataUpkeep(scope: self, ownership: ownership).heal(missing) }
    }

    /// Writes a line that people see in the dashboard and in the log.
    package func say(_ level: EventLevel = .info, mapping: Mapping? = nil, row: EventRow? = nil, _ message: String) async throws {
        try await catalog.event(
            level, connection: connection.id, mapping: mapping?.id, job: context.job.id, row: row,
            type: EventType(jobKind: context.job.kind), message)
    }

    /// Changes the mapping's record while the lease is held and nobody has asked for the job's end.
    ///
    /// - Throws: `LeaseLost`; `CancellationError`; `PostgresError`.
    func update(_ mapping: Mapping, _ update: MappingUpdate) async throws {
        let lease = lease
        try await catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try JobQueue.checkNotCancelled(lease, in: session)
            try CatalogStore.updateMapping(mapping.id, update, in: session)
        }
    }

    /// Commits rows and the records that speak of them: as one transaction where both live in one database, else rows first, so that
    /// a watermark never runs ahead of its rows.
    ///
    /// - Throws: `LeaseLost`; what the closures threw; `PostgresError`.
    package func commit<Value: Sendable>(
        rows: @Sendable (PostgresSession) throws -> Value, records: @Sendable (Value, PostgresSession) throws -> Void
    ) async throws -> Value {
        if target.isControlDatabase {
            return try await target.transaction(under: lease) { session in
                let value = try rows(session)
                try records(value, session)
                return value
            }
        }
        try await target.check(lease)
        let value = try await target.transaction(under: lease, rows)
        let lease = lease
        try await catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try records(value, session)
        }
        return value
    }

    /// Commits the last rows, the records that speak of them and the job's end: as one transaction where both databases are one, else rows first.
    ///
    /// - Parameter records: says what came of the job, for people.
    /// - Throws: `LeaseLost`; what the closures threw; `PostgresError`.
    func end<Value: Sendable>(
        rows: @Sendable (PostgresSession) throws -> Value, records: @Sendable (Value, PostgresSession) throws -> String
    ) async throws -> JobOutcome {
        if target.isControlDatabase {
            _ = try await target.transaction(ending: lease) { session in try records(try rows(session), session) }
            return .ended
        }
        try await target.check(lease)
        let value = try await target.transaction(under: lease, rows)
        return try await end { try records(value, $0) }
    }

    /// Commits records and the job's end, where no row changes.
    ///
    /// - Throws: as above.
    func end(records: @Sendable (PostgresSession) throws -> String) async throws -> JobOutcome {
        let lease = lease
        try await catalog.pool.transaction { session in try JobQueue.end(lease, outcome: try records(session), in: session) }
        return .ended
    }
}

extension Mapping {
    /// The table's shape as the last load settled it.
    ///
    /// - Throws: `SyncError` when the record cannot be read.
    package func table() throws -> TableSchema? {
        guard let tableSchema else { return nil }
        do {
            return try JSONDecoder().decode(TableSchema.self, from: Data(tableSchema.utf8))
        } catch {
            throw SyncError(
                code: .badConfiguration, message: "the stored shape of \(tableName) cannot be read; reload the mapping: \(error)")
        }
    }
}
