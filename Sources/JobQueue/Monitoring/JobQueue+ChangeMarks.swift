public import Foundation
import Postgres

extension JobQueue {
    /// A text for each connection that is another one when a job of it began, told its progress or ended: for who looks whether there is something
    /// new to show. A job that only waits changes nothing.
    ///
    /// - Throws: `PostgresError`.
    public func changeMarks(of connections: [UUID]) async throws -> [UUID: String] {
        if connections.isEmpty { return [:] }
        return try await pool.query(
            .prepared(
                """
                SELECT c.id, concat_ws(':',
                    (SELECT md5(string_agg(concat_ws(',', j.id, j.attempt, j.progress), ';' ORDER BY j.id)) FROM sluice.jobs j
                     WHERE j.lane = c.id AND j.state = 'running'),
                    (SELECT max(f.finished_at) FROM sluice.finished_jobs f WHERE f.connection_id = c.id AND f.finished_at > sluice.clock() - interval '1 hour')
                ) AS mark
                FROM unnest(\(connections)::uuid[]) AS c (id)
                """), timeout: .seconds(5)
        ).reduce(into: [:]) { $0[try $1.decode("id", as: UUID.self)] = try $1.decode("mark") }
    }
}
