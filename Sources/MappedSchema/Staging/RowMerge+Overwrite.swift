import Postgres

// What most polls bring: other values of rows that are here and that nobody is writing. No lock keeps such rows as they were compared: the version
// that was compared is what is written over, so that a change which somebody commits meanwhile keeps its row out, for the merge that follows.
extension RowMerge {
    // Columns of the staged rows that differ, which say of each what it was compared with. No column of a mapping has a point in its name.
    static let comparedRow = "sluice.row"
    private static let (version, isRead, changed) = ("sluice.version", "sluice.is_read", "sluice.changed")

    /// Whether its rows have versions of their own: those of a view do not, which somebody has put in the table's place.
    func isTable(in session: PostgresSession) throws -> Bool {
        try !session.query(
            """
            SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(table.schema) AND c.relname = \(table.table) AND c.relkind = 'r'
            """, timeout: timeout
        ).isEmpty
    }

    /// What is noted of a staged row, `s`, and the table's, `t`.
    var comparison: PostgresQuery {
        let differ = valueColumns.map { column in
            let name = PostgresText.quoteIdentifier(column.name)
            return "t.\(name) IS DISTINCT FROM s.\(name)"
        }
        return """
            t.id AS \(identifier: Self.comparedRow), t.xmin AS \(identifier: Self.version), t._hc_lastop = 'SYNCED' AS \(identifier: Self.isRead),
            CASE WHEN t.id IS NOT NULL THEN ARRAY[\(raw: differ.joined(separator: ", "))]::boolean[] END AS \(identifier: Self.changed)
            """
    }

    /// Writes over the rows that were compared, where the staged ones are of that kind, and all of them are as they were. What it has locked otherwise
    /// is let go, so that the merge which follows waits for nobody while it holds rows out of order.
    ///
    /// - Returns: how many rows were written; nil when none was.
    /// - Throws: `PostgresError`.
    func overwrite(in session: PostgresSession) throws -> Int? {
        guard !valueColumns.isEmpty else { return nil }
        let staged = try session.query(
            """
            SELECT count(*) AS records, coalesce(bool_and(\(fragment: isOrdinary)), false) AND count(*) = count(DISTINCT s.\(identifier: Self.comparedRow)) AS are_ordinary
            FROM \(fragment: stage.name) s
            """, timeout: timeout)[0]
        guard try staged.decode("are_ordinary"), try !table.isWritable || !hasWaitingChanges(in: session) else { return nil }
        let records = try staged.decode("records", as: Int.self)
        try session.run("SAVEPOINT sluice_overwrite")
        do {
            if try write(records, in: session) == records {
                try session.run("RELEASE SAVEPOINT sluice_overwrite")
                return records
            }
        } catch let error as PostgresError where error.refusesRow {
            // The merge that follows finds the row which is refused.
        }
        try session.run("ROLLBACK TO SAVEPOINT sluice_overwrite")
        return nil
    }

    private func write(_ records: Int, in session: PostgresSession) throws -> Int {
        // Row by row in the order in which all merges lock them: no plan but this one keeps it.
        try session.script("SET LOCAL enable_hashjoin TO off; SET LOCAL enable_mergejoin TO off; SET LOCAL enable_seqscan TO off")
        let ordered: PostgresQuery = "(SELECT * FROM \(fragment: stage.name) ORDER BY \(identifier: Self.comparedRow)) AS s"
        let updates = RowUpdates(
            merge: self, changed: "s.\(identifier: Self.changed)", all: "\(fragment: stage.name) s", source: ordered,
            isRow: "t.id = s.\(identifier: Self.comparedRow) AND t.xmin = s.\(identifier: Self.version)")
        let written = try updates.run(records, in: session) { try lock(in: session) }
        try session.script(
            "SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT; SET LOCAL enable_seqscan TO DEFAULT")
        return written
    }

    /// A condition on a staged row: its record lives, and has a row that is as it was read and keeps its unique values.
    private var isOrdinary: PostgresQuery {
        let moved = valueColumns.enumerated().filter { table.uniqueColumns.contains($0.element.name) }.map { "[\($0.offset + 1)]" }
        let keeps = moved.map { "AND NOT s.\(PostgresText.quoteIdentifier(Self.changed))\($0)" }.joined(separator: " ")
        return """
            \(fragment: isLive) AND s.\(identifier: Self.comparedRow) IS NOT NULL \(raw: keeps)
            \(fragment: table.isWritable ? "AND s.\(identifier: Self.isRead) IS TRUE" : "")
            """
    }

    private func lock(in session: PostgresSession) throws {
        try session.run(
            """
            SELECT FROM \(fragment: target) t JOIN \(fragment: stage.name) s ON t.id = s.\(identifier: Self.comparedRow)
            ORDER BY t.id FOR NO KEY UPDATE OF t
            """, timeout: timeout)
    }
}
