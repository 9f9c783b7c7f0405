import Postgres

/// Updates of rows of which only the columns are written that differ: an application's trigger on columns (`UPDATE OF`) fires for what changed, and
/// for nothing else.
struct RowUpdates: Sendable {
    let merge: RowMerge
    /// Of a source's row: which value columns differ, as an array of booleans.
    let changed: PostgresQuery
    /// What rows come from, in any order.
    let all: PostgresQuery
    /// What rows come from where they are written; the staged row is `s`.
    let source: PostgresQuery
    /// A condition: that the source's row is that of the table, `t`.
    let isRow: PostgresQuery

    /// - Parameters:
    ///   - rows: how many there are.
    ///   - beforeSeveral: called where more than one statement is needed.
    /// - Returns: how many rows were written.
    /// - Throws: `PostgresError`.
    func run(_ rows: Int, in session: PostgresSession, beforeSeveral: () throws -> Void = {}) throws -> Int {
        let sets = try session.query(
            """
            SELECT \(fragment: changed)::text AS changed FROM \(fragment: all) GROUP BY 1 ORDER BY count(*) DESC
            LIMIT \(merge.mostStatements)
            """,
            timeout: merge.timeout
        ).map { try $0.decode("changed", as: String.self) }
        if sets.count > 1 { try beforeSeveral() }
        var written = 0
        for set in sets {
            let columns = zip(names, set.dropFirst().dropLast().split(separator: ",")).filter { $0.1 == "t" }.map(\.0)
            let assignments = columns.map { "\($0) = s.\($0)" }
            written += try write(assignments, of: "\(fragment: changed) = \(set)::boolean[]", in: session)
        }
        guard written < rows, sets.count == merge.mostStatements else { return written }
        let assignments = names.enumerated().map { index, name in
            "\(name) = CASE WHEN (\(changed.sql))[\(index + 1)] THEN s.\(name) ELSE t.\(name) END"
        }
        return written + (try write(assignments, of: "\(fragment: changed)::text <> ALL (\(sets)::text[])", in: session))
    }

    private var names: [String] { merge.valueColumns.map { PostgresText.quoteIdentifier($0.name) } }

    private func write(_ assignments: [String], of rows: PostgresQuery, in session: PostgresSession) throws -> Int {
        // A row that was written from here and reads as it is becomes SYNCED by being written.
        let assigned = assignments.isEmpty ? "sfid = t.sfid" : assignments.joined(separator: ", ")
        return try session.run(
            """
            UPDATE \(fragment: merge.target) t SET \(raw: assigned)
            FROM \(fragment: source) WHERE \(fragment: isRow) AND \(fragment: rows)
            """, timeout: merge.timeout)
    }
}
