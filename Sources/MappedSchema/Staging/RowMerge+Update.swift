import Postgres

// Rows that are here already.
extension RowMerge {
    /// - Parameter aroundCaptured: whether columns may be ours for now.
    /// - Returns: how many rows were written.
    /// - Throws: `PostgresError`.
    func update(aroundCaptured: Bool, in session: PostgresSession) throws -> Int {
        guard !valueColumns.isEmpty else { return 0 }
        let rows = try findChanged(aroundCaptured: aroundCaptured, in: session)
        guard rows > 0 else { return 0 }
        let source: PostgresQuery = "pg_temp.changed_rows p JOIN \(fragment: stage.name) s ON s.ctid = p.staged"
        return try RowUpdates(merge: self, changed: "p.changed", all: "pg_temp.changed_rows p", source: source, isRow: "t.id = p.id")
            .run(rows, in: session)
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
