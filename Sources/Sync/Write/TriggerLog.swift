import Foundation
import Postgres

/// The statements on `_trigger_log` and the rows it speaks of. States and columns keep their Heroku Connect meaning (heroku-connect.md 2.6).
struct TriggerLog: Sendable {
    let schema: String

    private var log: PostgresQuery { "\(identifier: schema, "_trigger_log")" }
    private var archive: PostgresQuery { "\(identifier: schema, "_trigger_log_archive")" }

    /// Changes that wait, oldest first.
    ///
    /// - Throws: `PostgresError`.
    func waiting(tables: [String], limit: Int, in session: PostgresSession) throws -> [Change] {
        let hstore = PostgresText.quoteIdentifier(try TargetMetadata.hstoreSchema(in: session))
        return try session.query(
            """
            SELECT id, table_name, action, record_id, sfid, state, \(raw: hstore).hstore_to_json(coalesce("values", '')::\(raw: hstore).hstore)::text AS "values"
            FROM \(fragment: log)
            WHERE (state = 'NEW' OR state = 'PENDING') AND table_name = ANY (\(tables)::text[]) AND record_id IS NOT NULL
              AND action IN ('INSERT', 'UPDATE', 'DELETE')
            ORDER BY id LIMIT \(limit)
            """
        ).map { row in
            Change(
                id: try row.decode("id"), table: try row.decode("table_name"), action: Change.Action(rawValue: try row.decode("action"))!,
                recordID: try row.decode("record_id"), sfid: try row.decodeIfPresent("sfid"), values: try row.decodeJSON("values"),
                wasSent: try row.decode("state", as: String.self) == "PENDING")
        }
    }

    /// Marks changes as about to be sent: should the answer be lost, the next attempt knows that they may have arrived.
    ///
    /// - Throws: `PostgresError`.
    func markPending(_ changes: [Change], in session: PostgresSession) throws {
        try session.run(
            "UPDATE \(fragment: log) SET state = 'PENDING', updated_at = now() WHERE id = ANY (\(changes.map(\.id))::int[]) AND state = 'NEW'"
        )
    }

    /// Puts changes back to wait that surely did not take effect.
    ///
    /// - Throws: `PostgresError`.
    func putBack(_ changes: [Change], message: String, in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: log) SET state = 'NEW', updated_at = now(), sf_message = \(message)
            WHERE id = ANY (\(changes.map(\.id))::int[]) AND state = 'PENDING'
            """)
    }

    /// The Salesforce ids that rows have now, by row id.
    ///
    /// - Throws: `PostgresError`.
    func currentIDs(table: String, recordIDs: [Int64], in session: PostgresSession) throws -> [Int64: String] {
        let rows = try session.query(
            "SELECT id, sfid FROM \(identifier: schema, table) WHERE id = ANY (\(recordIDs)::int[]) AND sfid IS NOT NULL")
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0.decode("id", as: Int64.self), try $0.decode("sfid", as: String.self)) })
    }

    /// Which of these Salesforce ids the table has already.
    ///
    /// - Throws: `PostgresError`.
    func known(table: String, sfids: [String], in session: PostgresSession) throws -> Set<String> {
        Set(
            try session.query("SELECT sfid FROM \(identifier: schema, table) WHERE sfid = ANY (\(sfids)::text[])").map {
                try $0.decode("sfid", as: String.self)
            })
    }

    /// Records the results of one batch on rows and log. The caller's transaction must have `xmlbinary` = `hex`.
    ///
    /// - Throws: `PostgresError`.
    func apply(_ results: [ChangeResult], table: String, in session: PostgresSession) throws {
        guard !results.isEmpty else { return }
        let target: PostgresQuery = "\(identifier: schema, table)"
        try session.run(
            """
            CREATE TEMPORARY TABLE sluice_results ON COMMIT DROP AS
            SELECT * FROM unnest(
                \(results.map(\.change.id))::int[], \(results.map(\.change.recordID))::int[], \(nullable: results.map(\.sfid))::text[],
                \(results.map(\.rowState))::text[], \(results.map(\.logState))::text[], \(nullable: results.map(\.rowError))::text[],
                \(nullable: results.map(\.message))::text[]
            ) AS r(log_id, record_id, sfid, row_state, log_state, row_error, message)
            """)
        // A poll may have brought a record that was just inserted from here before its row learnt its sfid: the row from here stays.
        try session.run(
            """
            DELETE FROM \(fragment: target) t USING sluice_results r
            WHERE r.sfid IS NOT NULL AND t.sfid = r.sfid AND t.id <> r.record_id
            """)
        // The status trigger takes an unchanged _hc_lastop for Salesforce's own data and sets SYNCED, so the value must change.
        try session.run(
            """
            UPDATE \(fragment: target) t SET _hc_lastop = 'PENDING'
            FROM sluice_results r WHERE t.id = r.record_id AND r.row_state <> '' AND t._hc_lastop = r.row_state
            """)
        try session.run(
            """
            UPDATE \(fragment: target) t SET sfid = coalesce(r.sfid, t.sfid), _hc_lastop = r.row_state, _hc_err = r.row_error
            FROM sluice_results r WHERE t.id = r.record_id AND r.row_state <> ''
            """)
        try session.run(
            """
            UPDATE \(fragment: log) l
            SET state = r.log_state, processed_at = now(), processed_tx = txid_current(), updated_at = now(), sf_message = r.message,
                sfid = coalesce(l.sfid, r.sfid)
            FROM sluice_results r WHERE l.id = r.log_id
            """)
        try session.run(
            """
            UPDATE \(fragment: target) t SET _hc_lastop = 'PENDING'
            FROM sluice_results r
            WHERE t.id = r.record_id AND t._hc_lastop <> 'PENDING' AND EXISTS (
                SELECT FROM \(fragment: log) l
                WHERE l.state = 'NEW' AND l.table_name = \(table) AND l.record_id = r.record_id AND l.id > r.log_id
            )
            """)
        try session.run("DROP TABLE sluice_results")
    }

    /// Moves what was processed a day ago to the archive and drops what was archived a month ago (Heroku Connect's paid plans keep 31 days).
    ///
    /// - Throws: `PostgresError`.
    func archiveProcessed(in session: PostgresSession) throws {
        let columns = """
            id, txid, created_at, updated_at, processed_at, processed_tx, state, action, table_name, record_id, sfid, old, "values", sf_result, sf_message
            """
        try session.run(
            """
            WITH moved AS (
                DELETE FROM \(fragment: log) WHERE id IN (
                    SELECT id FROM \(fragment: log)
                    WHERE created_at < now() - interval '24 hours' AND state IN ('SUCCESS', 'MERGED', 'IGNORED', 'FAILED', 'READONLY', 'IGNORE')
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
    func counts(in session: PostgresSession) throws -> [String: (pending: Int, failed: Int)] {
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
