import Postgres

// Rows that are here already. Of each only the columns that differ are written: an application's trigger on columns (`UPDATE OF`) fires for what
// changed, and for nothing else.
extension RowMerge {
    /// - Parameter aroundCaptured: whether columns may be ours for now.
    /// - Returns: how many rows were written.
    /// - Throws: `PostgresError`.
    func update(aroundCaptured: Bool, in session: PostgresSession) throws -> Int {
        guard !valueColumns.isEmpty else { return 0 }
        let rows = try findChanged(aroundCaptured: aroundCaptured, in: session)
        guard rows > 0 else { return 0 }
        let sets = try session.query(
            "SELECT changed::text AS changed FROM pg_temp.changed_rows GROUP BY changed ORDER BY count(*) DESC LIMIT \(mostStatements)",
            timeout: timeout
        ).map { try $0.decode("changed", as: String.self) }
        var written = 0
        for set in sets {
            let columns = zip(names, set.dropFirst().dropLast().split(separator: ",")).filter { $0.1 == "t" }.map(\.0)
            let assignments = columns.map { "\($0) = s.\($0)" }
            written += try write(assignments, of: "p.changed = \(set)::boolean[]", in: session)
        }
        guard written < rows else { return written }
        let assignments = names.enumerated().map { index, name in
            "\(name) = CASE WHEN p.changed[\(index + 1)] THEN s.\(name) ELSE t.\(name) END"
        }
        return written + (try write(assignments, of: "p.changed::text <> ALL (\(sets)::text[])", in: session))
    }

    private var names: [String] { valueColumns.map { PostgresText.quoteIdentifier($0.name) } }

    private func write(_ assignments: [String], of rows: PostgresQuery, in session: PostgresSession) throws -> Int {
        // A row that was written from here and reads as it is becomes SYNCED by being written.
        let assigned = assignments.isEmpty ? "sfid = t.sfid" : assignments.joined(separator: ", ")
        return try session.run(
            """
            UPDATE \(fragment: target) t SET \(raw: assigned)
            FROM pg_temp.changed_rows p JOIN \(fragment: stage.name) s ON s.ctid = p.staged
            WHERE t.id = p.id AND \(fragment: rows)
            """, timeout: timeout)
    }

    /// Notes which columns of which rows differ from the newest that was read of them.
    private func findChanged(aroundCaptured: Bool, in session: PostgresSession) throws -> Int {
        let changed = valueColumns.map { column in
            let name = PostgresText.quoteIdentifier(column.name)
            let differs = "t.\(name) IS DISTINCT FROM s.\(name)"
            return aroundCaptured ? "\(differs) AND (w.changed @> ARRAY[\(PostgresText.quoteLiteral(column.name))]) IS NOT TRUE" : differs
        }
        let unread: PostgresQuery = aroundCaptured ? "\(fragment: isUnread) AND w.row_id IS NULL" : isUnread
        let newest: PostgresQuery = table.stampColumn.map { "t.id, s.\(identifier: $0.name) DESC NULLS LAST" } ?? "t.id"
        try session.run("DROP TABLE IF EXISTS pg_temp.changed_rows")
        return try session.run(
            """
            CREATE TEMPORARY TABLE changed_rows ON COMMIT DROP AS
            \(fragment: aroundCaptured ? "WITH \(fragment: ahead)" : "")
            SELECT id, staged, changed FROM (
                SELECT DISTINCT ON (t.id) t.id, s.ctid AS staged, \(fragment: unread) AS unread, ARRAY[\(raw: changed.joined(separator: ", "))] AS changed
                FROM \(fragment: target) t JOIN \(fragment: stage.name) s ON t.sfid = s.sfid \(fragment: aroundCaptured ? "LEFT JOIN ahead w ON w.row_id = t.id" : "")
                WHERE \(fragment: isLive) AND \(fragment: notOlder)
                ORDER BY \(fragment: newest)
            ) AS newest
            WHERE unread OR true = ANY (changed)
            """, timeout: timeout)
    }
}
