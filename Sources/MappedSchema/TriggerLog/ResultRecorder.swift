package import Postgres

/// Records what became of changes, on the log and on the rows. A row is touched only if it is still the one that the change is about.
package struct ResultRecorder: Sendable {
    package let log: TriggerLog
    package let table: TableSchema

    package init(log: TriggerLog, table: TableSchema) {
        self.log = log
        self.table = table
    }

    private var target: PostgresQuery { "\(identifier: table.schema, table.table)" }

    /// Records results on rows and log. The caller's transaction must have `xmlbinary` = `hex`.
    ///
    /// - Returns: the results as they were recorded: an insert whose record belongs to another row has failed.
    /// - Throws: `PostgresError`.
    package func record(_ results: [ChangeResult], in session: PostgresSession) throws -> [ChangeResult] {
        guard !results.isEmpty else { return [] }
        let rows = try rows(of: results, in: session)
        let recorded = try refuseForeignRecords(results, rows: rows, in: session)
        try makeTable(recorded, rows: rows, in: session)
        // The status trigger takes an unchanged _hc_lastop for Salesforce's own data and sets SYNCED, so the value must change.
        try session.run(
            """
            UPDATE \(fragment: target) t SET _hc_lastop = 'PENDING'
            FROM sluice_results r WHERE t.id = r.row_id AND r.row_state <> '' AND t._hc_lastop = r.row_state
            """)
        try session.run(
            """
            UPDATE \(fragment: target) t
            SET sfid = CASE WHEN r.is_insert THEN coalesce(r.sfid, t.sfid) ELSE t.sfid END, _hc_lastop = r.row_state, _hc_err = r.row_error
            FROM sluice_results r WHERE t.id = r.row_id AND r.row_state <> ''
            """)
        try settleLog(in: session)
        try nameRecords(recorded, in: session)
        try restorePending("l.sfid = r.sfid", in: session)
        // A failed insert has no id, nor have the changes that follow it.
        if recorded.contains(where: { $0.sfid == nil }) { try restorePending("l.sfid IS NULL AND l.record_id = r.record_id", in: session) }
        try session.run("DROP TABLE sluice_results")
        return recorded
    }

    /// Rows of which further changes wait are still to be written.
    ///
    /// - Parameter isSame: whether a row of the log `l` is about the row of a result `r`. One equation: the planner hashes by it, and compares
    ///   each of them with each otherwise.
    private func restorePending(_ isSame: PostgresQuery, in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: target) t SET _hc_lastop = 'PENDING'
            FROM sluice_results r
            WHERE t.id = r.row_id AND t._hc_lastop <> 'PENDING' AND EXISTS (
                SELECT FROM \(fragment: log.log) l
                WHERE l.state = 'NEW' AND l.table_name = \(table.table) AND \(fragment: isSame) AND l.id > r.log_id
            )
            """)
    }

    /// Records results on the log alone, where the table does not let its rows be marked. Inserts that were answered keep waiting with the
    /// id that they got: once the table can be written, they are settled without being sent again.
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
                    change: result.change, sfid: result.sfid, rowState: "", logState: "FAILED", rowError: nil,
                    message:
                        "ROW_NOT_WRITABLE: \(result.message ?? "Salesforce took the change"), but its row could not be marked: \(reason)")
            }, rows: [:], in: session)
        try settleLog(in: session)
        try session.run("DROP TABLE sluice_results")
    }

    // MARK: - Which row

    /// The rows that the results are about, by the change's id, locked.
    private func rows(of results: [ChangeResult], in session: PostgresSession) throws -> [Int64: Int64] {
        let marking = results.filter { !$0.rowState.isEmpty }
        var rows: [Int64: Int64] = [:]
        let byRecord = marking.filter { $0.change.action != .insert && $0.sfid != nil }
        if !byRecord.isEmpty {
            let found = try session.query(
                "SELECT id, sfid FROM \(fragment: target) WHERE sfid = ANY (\(byRecord.compactMap(\.sfid))::text[]) FOR NO KEY UPDATE")
            let ids = Dictionary(
                try found.map { (try $0.decode("sfid", as: String.self), try $0.decode("id", as: Int64.self)) }, uniquingKeysWith: min)
            for result in byRecord { rows[result.change.id] = result.sfid.flatMap { ids[$0] } }
        }
        let byRow = marking.filter { $0.change.action == .insert || $0.sfid == nil }
        if !byRow.isEmpty { rows.merge(try insertedRows(byRow, in: session)) { $1 } }
        return rows
    }

    private func insertedRows(_ results: [ChangeResult], in session: PostgresSession) throws -> [Int64: Int64] {
        let key: PostgresQuery = table.upsertColumn.map { "\(identifier: $0)::text" } ?? "NULL::text"
        let found = try session.query(
            """
            SELECT id, sfid, xmin::text::bigint AS writer, \(fragment: key) AS key FROM \(fragment: target)
            WHERE id = ANY (\(results.map(\.change.recordID))::bigint[]) FOR NO KEY UPDATE
            """)
        let rows = Dictionary(
            uniqueKeysWithValues: try found.map { row in
                let id: Int64 = try row.decode("id")
                return (
                    id,
                    RowIdentity.Row(
                        id: id, sfid: try row.decodeIfPresent("sfid"), writer: try row.decode("writer"),
                        key: try row.decodeIfPresent("key"))
                )
            })
        let lastInserts = try self.lastInserts(results.map(\.change.recordID), in: session)
        var same: [Int64: Int64] = [:]
        var open: [ChangeResult] = []
        for result in results {
            // Deleted and inserted again, with its old id as after a restore, a row is about the later insert.
            guard let row = rows[result.change.recordID], lastInserts[row.id].map({ $0 <= result.change.id }) ?? true else { continue }
            switch identity(result).verdict(row, answered: result.sfid) {
            case .same: same[result.change.id] = row.id
            case .other: continue
            case .open: open.append(result)
            }
        }
        guard !open.isEmpty else { return same }
        let values = try self.values(of: open.map(\.change.recordID), in: session)
        let later = try self.later(than: open, in: session)
        for result in open {
            guard let row = rows[result.change.recordID], let values = values[row.id] else { continue }
            let changes = (later[row.id] ?? []).filter { $0.id > result.change.id }.map(\.later)
            if identity(result).isSame(row, values: values, later: changes, columns: table.columns.map(\.name).filter { $0 != "sfid" }) {
                same[result.change.id] = row.id
            }
        }
        return same
    }

    /// The latest insert that waits for each of these rows.
    private func lastInserts(_ ids: [Int64], in session: PostgresSession) throws -> [Int64: Int64] {
        let found = try session.query(
            """
            SELECT record_id, max(id) AS id FROM \(fragment: log.log)
            WHERE (state = 'NEW' OR state = 'PENDING') AND table_name = \(table.table) AND action = 'INSERT'
              AND record_id = ANY (\(ids)::bigint[])
            GROUP BY record_id
            """)
        return Dictionary(
            uniqueKeysWithValues: try found.map { (try $0.decode("record_id", as: Int64.self), try $0.decode("id", as: Int64.self)) })
    }

    private func identity(_ result: ChangeResult) -> RowIdentity {
        RowIdentity(insert: result.change, upsertColumn: table.upsertColumn)
    }

    private func values(of ids: [Int64], in session: PostgresSession) throws -> [Int64: [String: String?]] {
        let hstore = PostgresText.quoteIdentifier(try TargetMetadata.hstoreSchema(in: session))
        let found = try session.query(
            "SELECT id, \(raw: hstore).hstore(t)::text AS row FROM \(fragment: target) t WHERE id = ANY (\(ids)::bigint[])")
        return Dictionary(
            uniqueKeysWithValues: try found.map { row in
                (try row.decode("id", as: Int64.self), (try? HStoreText.parse(try row.decode("row"))) ?? [:])
            })
    }

    private func later(
        than results: [ChangeResult], in session: PostgresSession
    ) throws -> [Int64: [(id: Int64, later: RowIdentity.Later)]] {
        let found = try session.query(
            """
            SELECT id, record_id, action, txid, "values" FROM \(fragment: log.log)
            WHERE (state = 'NEW' OR state = 'PENDING') AND table_name = \(table.table)
              AND record_id = ANY (\(results.map(\.change.recordID))::bigint[])
            ORDER BY id
            """)
        var later: [Int64: [(id: Int64, later: RowIdentity.Later)]] = [:]
        for row in found {
            guard let action = Change.Action(rawValue: try row.decodeIfPresent("action") ?? "") else { continue }
            let values = (try? HStoreText.parse(try row.decodeIfPresent("values") ?? "")) ?? [:]
            later[try row.decode("record_id"), default: []].append(
                (try row.decode("id"), RowIdentity.Later(action: action, transaction: try row.decodeIfPresent("txid"), values: values)))
        }
        return later
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
        var copies: [Int64] = []
        let recorded = results.map { result -> ChangeResult in
            guard result.change.action == .insert, result.logState == "SUCCESS", let sfid = result.sfid, let holder = holders[sfid],
                holder != rows[result.change.id]
            else { return result }
            // Its row is gone; the record lives on in the row that the poll brought.
            guard rows[result.change.id] != nil else { return result }
            if result.madeRecord || result.change.wasSent {
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

    // MARK: - The log

    private func makeTable(_ results: [ChangeResult], rows: [Int64: Int64], in session: PostgresSession) throws {
        try session.run(
            """
            CREATE TEMPORARY TABLE sluice_results ON COMMIT DROP AS
            SELECT * FROM unnest(
                \(results.map(\.change.id))::bigint[], \(results.map(\.change.recordID))::bigint[],
                \(nullable: results.map { rows[$0.change.id].map(String.init) })::bigint[], \(nullable: results.map(\.sfid))::text[],
                \(nullable: results.map(\.change.broughtSfid))::text[], \(results.map { $0.change.action == .insert })::boolean[],
                \(results.map(\.rowState))::text[], \(results.map(\.logState))::text[], \(nullable: results.map(\.rowError))::text[],
                \(nullable: results.map(\.message))::text[]
            ) AS r(log_id, record_id, row_id, sfid, brought_sfid, is_insert, row_state, log_state, row_error, message)
            """)
    }

    private func settleLog(in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: log.log) l
            SET state = r.log_state, processed_at = now(), processed_tx = txid_current(), updated_at = now(), sf_message = r.message,
                sfid = coalesce(r.sfid, l.sfid)
            FROM sluice_results r WHERE l.id = r.log_id
            """)
    }

    /// What was captured of a row before it had its id is about the record that the row's insert made.
    private func nameRecords(_ results: [ChangeResult], in session: PostgresSession) throws {
        let inserted = results.filter { $0.change.action == .insert && $0.logState == "SUCCESS" && $0.sfid != nil }
        guard !inserted.isEmpty else { return }
        try nameRecords("l.sfid IS NULL AND l.record_id = r.record_id", in: session)
        if inserted.contains(where: { $0.change.broughtSfid != nil }) {
            try nameRecords("l.sfid = r.brought_sfid AND r.brought_sfid <> r.sfid", in: session)
        }
    }

    private func nameRecords(_ isSame: PostgresQuery, in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: log.log) l SET sfid = r.sfid, updated_at = now()
            FROM sluice_results r
            WHERE r.is_insert AND r.log_state = 'SUCCESS' AND r.sfid IS NOT NULL AND \(fragment: isSame)
              AND (l.state = 'NEW' OR l.state = 'PENDING') AND l.table_name = \(table.table) AND l.id > r.log_id AND l.action <> 'INSERT'
              AND NOT EXISTS (
                  SELECT FROM \(fragment: log.log) n
                  WHERE n.table_name = \(table.table) AND n.action = 'INSERT' AND n.record_id = r.record_id AND n.id > r.log_id AND n.id < l.id
                    AND (n.state = 'NEW' OR n.state = 'PENDING')
              )
            """)
    }
}
