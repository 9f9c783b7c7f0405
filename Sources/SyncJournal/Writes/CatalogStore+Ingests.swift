public import Catalog
public import Foundation
public import JobQueue
import Postgres

// Bulk jobs that write, from before they begin until their results are recorded.
extension CatalogStore {
    /// Notes a job that is about to begin.
    ///
    /// - Throws: `LeaseLost`; `CatalogError` when the mapping was removed meanwhile; `PostgresError`.
    public func beginIngest(_ ingest: Ingest, of connectionID: UUID, under lease: Lease) async throws {
        try await pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            let noted = try session.run(
                """
                INSERT INTO sluice.ingests (connection_id, salesforce_job, mapping_id, operation, changes)
                SELECT connection_id, \(ingest.salesforceJob), id, \(ingest.operation), \(ingest.changes) FROM sluice.mappings
                WHERE connection_id = \(connectionID) AND table_name = \(ingest.table)
                """)
            guard noted == 1 else { throw CatalogError(code: .notFound, message: "the mapping of \(ingest.table) was removed") }
        }
    }

    /// Jobs that were begun and whose results may not have been recorded, the oldest first.
    ///
    /// - Throws: `PostgresError`.
    public func ingests(of connectionID: UUID) async throws -> [Ingest] {
        try await pool.query(
            .prepared(
                """
                SELECT i.salesforce_job, m.table_name, i.operation, i.changes FROM sluice.ingests i JOIN sluice.mappings m ON m.id = i.mapping_id
                WHERE i.connection_id = \(connectionID) ORDER BY i.begun_at, i.salesforce_job
                """)
        ).map {
            Ingest(
                salesforceJob: try $0.decode("salesforce_job"), table: try $0.decode("table_name"), operation: try $0.decode("operation"),
                changes: try $0.decode("changes"))
        }
    }

    /// Forgets jobs whose results are recorded.
    ///
    /// - Throws: `LeaseLost`; `PostgresError`.
    public func endIngests(_ salesforceJobs: [String], of connectionID: UUID, under lease: Lease) async throws {
        guard !salesforceJobs.isEmpty else { return }
        try await pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try session.run(
                "DELETE FROM sluice.ingests WHERE connection_id = \(connectionID) AND salesforce_job = ANY (\(salesforceJobs)::text[])")
        }
    }
}
