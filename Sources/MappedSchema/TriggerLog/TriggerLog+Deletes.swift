package import Foundation
package import Postgres

extension TriggerLog {
    /// The last row that was captured before a moment, by the capture's clock.
    ///
    /// - Returns: its id; 0 where there is none.
    /// - Throws: `PostgresError`.
    package func lastID(before moment: Date, in session: PostgresSession) throws -> Int64 {
        try session.query(
            "SELECT coalesce(max(id), 0)::bigint AS id FROM \(fragment: log) WHERE created_at <= \(moment)::timestamptz",
            timeout: .seconds(120))[0].decode("id")
    }

    /// How many records were deleted in Salesforce in the last hour, those of earlier rows of the log left out.
    ///
    /// - Parameter after: only rows with a higher id.
    /// - Throws: `PostgresError`.
    package func deletedInLastHour(after: Int64, in session: PostgresSession) throws -> Int {
        try session.query(
            """
            SELECT count(*) AS n FROM \(fragment: log)
            WHERE state = 'SUCCESS' AND action = 'DELETE' AND id > \(after) AND processed_at > now() - interval '1 hour'
            """, timeout: .seconds(120))[0].decode("n")
    }
}
