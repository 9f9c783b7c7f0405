import MappedSchema
package import Postgres

// Which record is meant by what was captured of a row before its insert was answered.
extension ResultRecorder {
    /// What was captured of a row before it had its id is about the record that the row's insert made.
    func nameRecords(_ results: [ChangeResult], in session: PostgresSession) throws {
        let inserted = results.filter { $0.change.action == .insert && $0.logState == "SUCCESS" && $0.sfid != nil }
        guard !inserted.isEmpty else { return }
        try nameRecords("l.sfid IS NULL AND l.record_id = r.record_id", in: session)
        if inserted.contains(where: { $0.change.broughtSfid != nil }) {
            try nameRecords("l.sfid = r.brought_sfid AND r.brought_sfid <> r.sfid AND l.record_id = r.record_id", in: session)
        }
        if inserted.contains(where: { ownKey($0) != nil }) { try renameRecords(in: session) }
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

    /// A row may have got a record by its unique identifier while its insert waited, and have lost it: the insert made another then, which is
    /// meant by what was captured in between.
    private func renameRecords(in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: log.log) l SET sfid = r.sfid, updated_at = now()
            FROM sluice_results r
            WHERE r.own_key IS NOT NULL AND l.record_id = r.record_id AND l.sfid <> r.sfid
              AND (l.state = 'NEW' OR l.state = 'PENDING') AND l.table_name = \(table.table) AND l.id > r.log_id AND l.action <> 'INSERT'
              -- The row's id may have passed to another: that had its record under another identifier.
              AND EXISTS (\(fragment: hadOwnKey) AND f.sfid = l.sfid AND f.id <= l.id) AND NOT EXISTS (\(fragment: insertedSince) AND n.id < l.id)
            """)
    }

    /// Those of some answered inserts whose row got another record by its unique identifier while they waited, and has it still although the
    /// identifier is no longer its own: what was captured of it meanwhile tells.
    func keptByRows(_ results: [ChangeResult], in session: PostgresSession) throws -> [ChangeResult] {
        let keyed = results.filter { ownKey($0) != nil }
        guard !keyed.isEmpty else { return [] }
        let found = try session.query(
            """
            SELECT r.log_id FROM unnest(
                \(keyed.map(\.change.id))::bigint[], \(keyed.map(\.change.recordID))::bigint[], \(keyed.compactMap(ownKey))::text[]
            ) AS r(log_id, record_id, own_key)
            JOIN \(fragment: target) t ON t.id = r.record_id
            WHERE EXISTS (\(fragment: hadOwnKey) AND f.sfid = t.sfid) AND NOT EXISTS (\(fragment: insertedSince))
            """)
        let kept = Set(try found.map { try $0.decode("log_id", as: Int64.self) })
        return keyed.filter { kept.contains($0.change.id) }
    }

    /// Records that rows have of which answered inserts made others: they are without a row once that is recorded.
    ///
    /// - Throws: `PostgresError`.
    package func recordsLeft(by results: [ChangeResult], in session: PostgresSession) throws -> [String] {
        let keyed = results.filter { ownKey($0) != nil }
        guard !keyed.isEmpty else { return [] }
        return try session.query(
            """
            SELECT DISTINCT t.sfid FROM unnest(\(keyed.map(\.change.recordID))::bigint[], \(keyed.compactMap(\.sfid))::text[]) AS r(record_id, sfid)
            JOIN \(fragment: target) t ON t.id = r.record_id
            WHERE t.sfid <> r.sfid
            """
        ).map { try $0.decode("sfid") }
    }

    /// Changes of an answered insert's row that were captured while it had its unique identifier.
    private var hadOwnKey: PostgresQuery {
        """
        SELECT FROM \(fragment: log.log) f
        WHERE f.table_name = \(table.table) AND f.record_id = r.record_id AND f.id > r.log_id AND strpos(f.old, r.own_key) > 0
        """
    }

    /// Inserts of another row that got an answered insert's row `id`.
    private var insertedSince: PostgresQuery {
        """
        SELECT FROM \(fragment: log.log) n
        WHERE n.table_name = \(table.table) AND n.action = 'INSERT' AND n.record_id = r.record_id AND n.id > r.log_id
        """
    }

    /// The unique identifier of a row that came without a record and for which its insert made one, as the log's texts have it.
    func ownKey(_ result: ChangeResult) -> String? {
        let change = result.change
        guard change.action == .insert, result.logState == "SUCCESS", result.madeRecord, change.broughtSfid == nil,
            let column = table.upsertColumn, let value = change.values[column] ?? nil, !value.isEmpty
        else { return nil }
        return "\(Self.quoted(column))=>\(Self.quoted(value))"
    }

    private static func quoted(_ word: String) -> String {
        "\"" + word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
