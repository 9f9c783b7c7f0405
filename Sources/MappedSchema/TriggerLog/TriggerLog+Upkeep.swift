package import Postgres

extension TriggerLog {
    /// Moves what was processed a day ago to the archive and drops what was archived a month ago (Heroku Connect's paid plans keep 31 days).
    ///
    /// - Throws: `PostgresError`.
    package func archiveProcessed(in session: PostgresSession) throws {
        let columns = """
            id, txid, created_at, updated_at, processed_at, processed_tx, state, action, table_name, record_id, sfid, old, "values", sf_result, sf_message
            """
        try session.run(
            """
            WITH moved AS (
                DELETE FROM \(fragment: log) WHERE id IN (
                    SELECT id FROM \(fragment: log)
                    WHERE created_at < now() - interval '24 hours' AND state IN ('SUCCESS', 'MERGED', 'IGNORED', 'FAILED', 'READONLY', 'IGNORE', 'REQUEUED')
                    ORDER BY created_at LIMIT 10000
                ) RETURNING \(raw: columns)
            )
            INSERT INTO \(fragment: archive) (\(raw: columns))
            SELECT id, txid, created_at, updated_at, processed_at, processed_tx,
                   CASE state WHEN 'IGNORE' THEN 'IGNORED' ELSE state END, action, table_name, record_id, sfid, old, "values", sf_result, sf_message
            FROM moved ON CONFLICT (id) DO NOTHING
            """)
        try session.run(
            """
            DELETE FROM \(fragment: archive) WHERE id IN (
                SELECT id FROM \(fragment: archive) WHERE created_at < now() - interval '31 days' ORDER BY created_at LIMIT 10000
            )
            """)
    }

    /// Waiting and failed changes per table, for the mapping's counts.
    ///
    /// - Throws: `PostgresError`.
    package func counts(in session: PostgresSession) throws -> [String: (pending: Int, failed: Int)] {
        let rows = try session.query(
            """
            SELECT table_name, count(*) FILTER (WHERE state IN ('NEW', 'PENDING')) AS pending, count(*) FILTER (WHERE state = 'FAILED') AS failed
            FROM \(fragment: log) WHERE state IN ('NEW', 'PENDING', 'FAILED') GROUP BY table_name
            """)
        var counts: [String: (pending: Int, failed: Int)] = [:]
        for row in rows { counts[try row.decode("table_name")] = (try row.decode("pending"), try row.decode("failed")) }
        return counts
    }
}
