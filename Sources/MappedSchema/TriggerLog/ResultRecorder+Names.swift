import Postgres

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
              AND EXISTS (
                  SELECT FROM \(fragment: log.log) f
                  WHERE f.table_name = \(table.table) AND f.record_id = r.record_id AND f.sfid = l.sfid AND f.id > r.log_id AND f.id <= l.id
                    AND strpos(f.old, r.own_key) > 0
              )
              AND NOT EXISTS (
                  SELECT FROM \(fragment: log.log) n
                  WHERE n.table_name = \(table.table) AND n.action = 'INSERT' AND n.record_id = r.record_id AND n.id > r.log_id AND n.id < l.id
              )
            """)
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
