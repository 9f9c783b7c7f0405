package import Foundation
package import MappedSchema
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

    /// How many records were deleted in Salesforce in the last hour or are about to be. Until the transaction ends, nobody else counts: whoever
    /// marks deletes in it as about to be sent does not exceed a limit together with another.
    ///
    /// - Parameters:
    ///   - after: only rows with a higher id.
    ///   - besides: rows that do not count.
    /// - Throws: `PostgresError`.
    package func deletesInLastHour(after: Int64, besides: [Int64], in session: PostgresSession) throws -> Int {
        try session.run("SELECT pg_advisory_xact_lock(hashtextextended(\("sluice deletes of \(schema)"), 0))")
        return try session.query(
            """
            SELECT count(*) AS n FROM \(fragment: log)
            WHERE (state = 'SUCCESS' AND processed_at > now() - interval '1 hour' OR state = 'PENDING')
              AND action = 'DELETE' AND id > \(after) AND id <> ALL (\(besides)::bigint[])
            """, timeout: .seconds(120))[0].decode("n")
    }
}
