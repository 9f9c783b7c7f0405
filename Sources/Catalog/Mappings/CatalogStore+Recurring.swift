import Foundation
import JobQueue
public import Postgres

// What comes again for mappings besides their polls.
extension CatalogStore {
    /// Enqueues the comparisons of mappings whose time has come (`verify_hours`), which mend what differs.
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`, `EncodingError`.
    @discardableResult
    public static func enqueueDueVerifications(in session: PostgresSession) throws -> Int {
        try session.transaction {
            let due = try takeDue("verified_at", every: "verify_hours", in: session)
            let ids = try JobQueue.enqueue(
                try due.map { try .verify($0.mapping, connectionID: $0.connection, repairs: true, requestedBy: "schedule") }, in: session)
            // One that waits already is the same.
            let begun = zip(due, ids).compactMap { due, job in job.map { (mapping: due.mapping, job: $0) } }
            try session.run(
                """
                INSERT INTO sluice.verifications (mapping_id, job_id, requested_by, repairs)
                SELECT mapping_id, job_id, 'schedule', true
                FROM unnest(\(begun.map(\.mapping))::uuid[], \(begun.map(\.job))::bigint[]) AS begun (mapping_id, job_id)
                ON CONFLICT (mapping_id) DO UPDATE
                SET job_id = excluded.job_id, requested_by = excluded.requested_by, repairs = excluded.repairs, started_at = sluice.clock(),
                    finished_at = NULL, report = '{}'
                """)
            return begun.count
        }
    }

    /// Enqueues readings of all records of mappings whose time has come (`refresh_hours`).
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`, `EncodingError`.
    @discardableResult
    public static func enqueueDueRefreshes(in session: PostgresSession) throws -> Int {
        try session.transaction {
            let due = try takeDue("refreshed_at", every: "refresh_hours", in: session)
            return try JobQueue.enqueue(due.map { try .refresh($0.mapping, connectionID: $0.connection) }, in: session).count { $0 != nil }
        }
    }

    private static func takeDue(
        _ last: PostgresQuery, every hours: PostgresQuery, in session: PostgresSession
    ) throws -> [(mapping: UUID, connection: UUID)] {
        try session.query(
            .prepared(
                """
                UPDATE sluice.mappings m SET \(fragment: last) = sluice.clock()
                FROM sluice.connections c
                WHERE m.\(fragment: hours) > 0 AND m.watermark IS NOT NULL AND m.\(fragment: last) + m.\(fragment: hours) * interval '1 hour' <= sluice.clock()
                  AND c.id = m.connection_id AND c.budget_description IS NULL AND c.state = ANY (\(ConnectionState.allCases.filter(\.allowsSync).map(\.rawValue))::text[])
                RETURNING m.id, m.connection_id
                """), timeout: .seconds(30)
        ).map { (mapping: try $0.decode("id"), connection: try $0.decode("connection_id")) }
    }
}
