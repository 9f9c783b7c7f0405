package import MappedSchema
package import Postgres

/// Records what became of changes, on the log and on the rows. A row is touched only if it is still the one that the change is about.
package struct ResultRecorder: Sendable {
    package let log: TriggerLog
    package let table: TableSchema

    package init(log: TriggerLog, table: TableSchema) {
        self.log = log
        self.table = table
    }

    var target: PostgresQuery { "\(identifier: table.schema, table.table)" }

    /// Records results on rows and log. The caller's transaction must have `xmlbinary` = `hex`.
    ///
    /// - Returns: the results as they were recorded: an insert whose record belongs to another row has failed.
    /// - Throws: `PostgresError`.
    package func record(_ results: [ChangeResult], in session: PostgresSession) throws -> [ChangeResult] {
        guard !results.isEmpty else { return [] }
        // Few results and a log and a table of any length: every row is found by an index, whatever the statistics say.
        try session.script("SET LOCAL enable_hashjoin TO off; SET LOCAL enable_mergejoin TO off")
        let found = try rows(of: results, in: session)
        let rows = found.rows
        let recorded = try refuseForeignRecords(results, rows: rows, in: session)
        try makeTable(recorded, rows: rows, in: session)
        // The status trigger takes an unchanged _hc_lastop for Salesforce's own data and sets SYNCED, so the value must change.
        if recorded.contains(where: { result in rows[result.change.id].map { found.states[$0] == result.rowState } ?? false }) {
            try session.run(
                """
                UPDATE \(fragment: target) t SET _hc_lastop = 'PENDING'
                FROM sluice_results r WHERE t.id = r.row_id AND r.row_state <> '' AND t._hc_lastop = r.row_state
                """)
        }
        try session.run(
            """
            UPDATE \(fragment: target) t
            SET sfid = CASE WHEN r.is_insert THEN coalesce(r.sfid, t.sfid) ELSE coalesce(t.sfid, r.sfid) END, _hc_lastop = r.row_state, _hc_err = r.row_error
            FROM sluice_results r WHERE t.id = r.row_id AND r.row_state <> ''
            """)
        try settleLog(in: session)
        try settleMerged(recorded, in: session)
        try DeletedRows(table: table).remember(recorded.compactMap(\.deletedRow), in: session)
        try nameRecords(recorded, in: session)
        let doomed = try deleteAfterInsert(recorded, rows: rows, in: session)
        try captureLeftOut(recorded, rows: rows, in: session)
        try restorePending(in: session)
        try session.run("DROP TABLE sluice_results")
        return recorded.map { result in
            var result = result
            result.awaitsDeletion = doomed.contains(result.change.id)
            return result
        }
    }

    /// Rows of which further changes wait are still to be written.
    private func restorePending(in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: target) t SET _hc_lastop = 'PENDING'
            FROM sluice_results r
            WHERE t.id = r.row_id AND t._hc_lastop <> 'PENDING' AND EXISTS (
                SELECT FROM \(fragment: log.log) l
                WHERE (l.state = 'NEW' OR l.state = 'PENDING') AND l.state = 'NEW' AND l.table_name = \(table.table)
                  AND l.record_id = t.id AND (l.sfid = r.sfid OR l.sfid IS NULL) AND l.id > r.log_id
            )
            """)
    }

    /// What was merged into a change ends with it: in it when that was written, like it otherwise.
    private func settleMerged(_ results: [ChangeResult], in session: PostgresSession) throws {
        let merged = results.flatMap { result in result.change.merged.map { (id: $0, result: result) } }
        guard !merged.isEmpty else { return }
        let isDone = merged.map { $0.result.logState == "SUCCESS" || $0.result.logState == "MERGED" }
        let messages = merged.map { $0.result.mergeMessage }
        try session.run(
            """
            UPDATE \(fragment: log.log) l
            SET state = CASE WHEN m.is_done THEN 'MERGED' ELSE m.state END, processed_at = now(), processed_tx = txid_current(),
                updated_at = now(), sf_result = CASE WHEN m.is_done THEN m.into_id END, sf_message = m.message, sfid = coalesce(l.sfid, m.sfid)
            FROM unnest(\(merged.map(\.id))::bigint[], \(merged.map { $0.result.mergedInto ?? $0.result.change.id })::bigint[], \(isDone)::boolean[],
                        \(merged.map(\.result.logState))::text[], \(nullable: messages)::text[], \(nullable: merged.map(\.result.sfid))::text[])
                AS m(id, into_id, is_done, state, message, sfid)
            WHERE l.id = m.id
            """)
    }

    /// A row may have been deleted while its insert was on its way. Its deletion was captured as nothing to sync, since the row had no id: now it
    /// has one. What a poll brought of the record meanwhile goes, too.
    ///
    /// - Returns: the inserts.
    private func deleteAfterInsert(_ results: [ChangeResult], rows: [Int64: Int64], in session: PostgresSession) throws -> Set<Int64> {
        let gone = results.filter {
            $0.change.action == .insert && $0.logState == "SUCCESS" && $0.sfid != nil && rows[$0.change.id] == nil
        }
        guard !gone.isEmpty else { return [] }
        let deletions = try log.deletions(of: gone.map(\.change), in: session)
        let deleted = gone.filter { deletions[$0.change.id] != nil }
        guard !deleted.isEmpty else { return [] }
        try session.run(
            """
            UPDATE \(fragment: log.log) l SET state = 'NEW', sfid = d.sfid, updated_at = now()
            FROM unnest(\(deleted.compactMap { deletions[$0.change.id] })::bigint[], \(deleted.compactMap(\.sfid))::text[]) AS d(id, sfid)
            WHERE l.id = d.id
            """)
        try session.run("SELECT pg_notify(\(MappedSchema.notificationChannel(ofSchema: table.schema)), 'ping')")
        try session.run(
            """
            DELETE FROM \(fragment: target) t
            WHERE t.sfid = ANY (\(deleted.compactMap(\.sfid))::text[]) AND NOT EXISTS (
                SELECT FROM \(fragment: log.log) l
                WHERE (l.state = 'NEW' OR l.state = 'PENDING') AND l.action = 'INSERT' AND l.table_name = \(table.table) AND l.record_id = t.id
            )
            """)
        return Set(deleted.map(\.change.id))
    }

    /// Records results on the log alone, where the table does not let its rows be marked. Inserts that were answered keep waiting with the
    /// id that they got: once the table can be written, they are settled without being sent again. What Salesforce refused waits, too, to be
    /// tried again then: its row would never say that it failed.
    ///
    /// - Throws: `PostgresError`.
    package func recordOnLog(_ results: [ChangeResult], in session: PostgresSession) throws {
        try makeTable(results, rows: [:], in: session)
        try session.run(
            """
            UPDATE \(fragment: log.log) l SET sfid = r.sfid, updated_at = now()
            FROM sluice_results r WHERE l.id = r.log_id AND r.is_insert AND r.log_state = 'SUCCESS' AND r.sfid IS NOT NULL
            """)
        try session.run("DELETE FROM sluice_results WHERE is_insert AND log_state = 'SUCCESS' AND sfid IS NOT NULL")
        let refused = results.filter { $0.logState == "FAILED" && $0.change.action != .delete }
        let waiting = refused.flatMap { [$0.change.id] + $0.change.merged }
        try session.run(
            "UPDATE \(fragment: log.log) l SET state = 'NEW', updated_at = now() WHERE l.id = ANY (\(waiting)::bigint[]) AND l.state = 'PENDING'"
        )
        try session.run("DELETE FROM sluice_results WHERE log_id = ANY (\(waiting)::bigint[])")
        try settleLog(in: session)
        try session.run("DROP TABLE sluice_results")
    }

    /// Ends changes as failed since their rows cannot be marked, each for a reason of its own. Tried again, an insert is marked and not sent.
    ///
    /// - Throws: `PostgresError`.
    package func recordFailures(_ failures: [(result: ChangeResult, reason: String)], in session: PostgresSession) throws {
        try makeTable(
            failures.map { result, reason in
                ChangeResult(
                    change: result.change, sfid: Self.answeredID(result), rowState: "", logState: "FAILED", rowError: nil,
                    message:
                        "ROW_NOT_WRITABLE: \(result.message ?? "Salesforce took the change"), but its row could not be marked: \(reason)")
            }, rows: [:], ids: \.sfid, in: session)
        try settleLog(in: session)
        try session.run("DROP TABLE sluice_results")
    }

    // MARK: - One record, one row

    /// A record that was inserted from here may have come back by a poll before its row learnt its id: then the row from here stays. A record
    /// that was there before belongs to the row that has it.
    private func refuseForeignRecords(
        _ results: [ChangeResult], rows: [Int64: Int64], in session: PostgresSession
    ) throws -> [ChangeResult] {
        let inserted = results.filter { $0.change.action == .insert && $0.logState == "SUCCESS" }.compactMap(\.sfid)
        guard !inserted.isEmpty else { return results }
        let holders = Dictionary(
            try session.query("SELECT id, sfid FROM \(fragment: target) WHERE sfid = ANY (\(inserted)::text[]) FOR UPDATE").map {
                (try $0.decode("sfid", as: String.self), try $0.decode("id", as: Int64.self))
            }, uniquingKeysWith: min)
        let written = try writtenRows(holders, in: session)
        var copies: [Int64] = []
        let recorded = results.map { result -> ChangeResult in
            guard result.change.action == .insert, result.logState == "SUCCESS", let sfid = result.sfid, let holder = holders[sfid],
                holder != rows[result.change.id]
            else { return result }
            // Its row is gone; the record lives on in the row that the poll brought.
            guard rows[result.change.id] != nil else { return result }
            if (result.madeRecord || result.change.wasSent) && !written.contains(holder) {
                copies.append(holder)
                return result
            }
            let column = table.upsertColumn ?? "the unique identifier"
            return .failure(
                result.change, code: "DUPLICATE_VALUE",
                message: "the record \(sfid) with this \(column) belongs to the row with id \(holder) of \(table.qualifiedName)")
        }
        if !copies.isEmpty { try session.run("DELETE FROM \(fragment: target) WHERE id = ANY (\(copies)::bigint[])") }
        return recorded
    }

    /// Those of some rows, by the record that they have, which got it by inserts of their own: no poll brought them.
    private func writtenRows(_ holders: [String: Int64], in session: PostgresSession) throws -> Set<Int64> {
        guard !holders.isEmpty else { return [] }
        return Set(
            try session.query(
                """
                SELECT l.record_id FROM \(fragment: log.log) l
                JOIN unnest(\(Array(holders.keys))::text[], \(Array(holders.values))::bigint[]) AS h(sfid, id) ON l.record_id = h.id AND l.sfid = h.sfid
                WHERE l.table_name = \(table.table) AND l.action = 'INSERT' AND l.state = 'SUCCESS'
                """
            ).map { try $0.decode("record_id", as: Int64.self) })
    }

    // MARK: - The log

    /// The record that the log is to name. An insert that was refused has none, though its row may have come with one: who finds an id of an insert in
    /// the log takes it for answered.
    private static func answeredID(_ result: ChangeResult) -> String? {
        result.change.action == .insert && result.logState == "FAILED" ? nil : result.sfid
    }

    private func makeTable(
        _ results: [ChangeResult], rows: [Int64: Int64], ids: (ChangeResult) -> String? = answeredID, in session: PostgresSession
    ) throws {
        try session.run(
            """
            CREATE TEMPORARY TABLE sluice_results ON COMMIT DROP AS
            SELECT * FROM unnest(
                \(results.map(\.change.id))::bigint[], \(results.map(\.change.recordID))::bigint[],
                \(nullable: results.map { rows[$0.change.id].map(String.init) })::bigint[], \(nullable: results.map(ids))::text[],
                \(nullable: results.map(\.change.broughtSfid))::text[], \(results.map { $0.change.action == .insert })::boolean[],
                \(results.map(\.rowState))::text[], \(results.map(\.logState))::text[], \(nullable: results.map(\.rowError))::text[],
                \(nullable: results.map(\.message))::text[], \(nullable: results.map { $0.mergedInto.map(String.init) })::bigint[],
                \(nullable: results.map(ownKey))::text[]
            ) AS r(log_id, record_id, row_id, sfid, brought_sfid, is_insert, row_state, log_state, row_error, message, merged_into, own_key)
            """)
    }

    private func settleLog(in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: log.log) l
            SET state = r.log_state, processed_at = now(), processed_tx = txid_current(), updated_at = now(), sf_message = r.message,
                sf_result = r.merged_into, sfid = coalesce(r.sfid, l.sfid)
            FROM sluice_results r WHERE l.id = r.log_id
            """)
    }
}
