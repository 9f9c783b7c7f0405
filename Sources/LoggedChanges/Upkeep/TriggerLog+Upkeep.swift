package import MappedSchema
package import Postgres

extension TriggerLog {
    /// Moves what was processed, and captured a day ago, to the archive and drops what is older there than it is kept: ten thousand rows each.
    ///
    /// - Returns: how many rows there were.
    /// - Throws: `PostgresError`.
    package func archiveProcessed(
        keeping retention: Duration, in session: PostgresSession
    ) throws -> (archived: Int, dropped: Int) {
        let columns = """
            id, txid, created_at, updated_at, processed_at, processed_tx, state, action, table_name, record_id, sfid, old, "values", sf_result, sf_message
            """
        let archived = try session.run(
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
            """, timeout: .seconds(300))
        let dropped = try session.run(
            """
            DELETE FROM \(fragment: archive) WHERE id IN (
                SELECT id FROM \(fragment: archive) WHERE created_at < now() - \(retention)::interval ORDER BY created_at LIMIT 10000
            )
            """, timeout: .seconds(300))
        return (archived, dropped)
    }

    /// How many changes of a table wait and failed.
    package struct Counts: Sendable, Equatable {
        package var pending = 0
        package var failed = 0
        /// The changes that wait, by what they do.
        package var waiting: [Change.Action: Int] = [:]

        package init(pending: Int = 0, failed: Int = 0, waiting: [Change.Action: Int] = [:]) {
            self.pending = pending
            self.failed = failed
            self.waiting = waiting
        }
    }

    /// Waiting and failed changes per table.
    ///
    /// - Throws: `PostgresError`.
    package func counts(in session: PostgresSession) throws -> [String: Counts] {
        let rows = try session.query(
            """
            SELECT table_name, action, count(*) FILTER (WHERE state IN ('NEW', 'PENDING')) AS pending,
                   count(*) FILTER (WHERE state = 'FAILED') AS failed
            FROM \(fragment: log) WHERE state IN ('NEW', 'PENDING', 'FAILED') AND table_name IS NOT NULL GROUP BY table_name, action
            """)
        var counts: [String: Counts] = [:]
        for row in rows {
            let (table, pending): (String, Int) = (try row.decode("table_name"), try row.decode("pending"))
            counts[table, default: Counts()].pending += pending
            counts[table, default: Counts()].failed += try row.decode("failed")
            if let action = try row.decodeIfPresent("action", as: String.self).flatMap(Change.Action.init(rawValue:)) {
                counts[table]?.waiting[action] = pending
            }
        }
        return counts
    }
}
