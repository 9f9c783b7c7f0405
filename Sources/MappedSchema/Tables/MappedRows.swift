package import Postgres

/// Statements on the rows of a mapped table as a whole.
package struct MappedRows: Sendable {
    private let table: TableSchema
    private var name: PostgresQuery { "\(identifier: table.schema, table.table)" }

    package init(of table: TableSchema) { self.table = table }

    /// - Throws: `PostgresError`.
    package func isEmpty(in session: PostgresSession) throws -> Bool {
        try session.query("SELECT FROM \(fragment: name) LIMIT 1").isEmpty
    }

    /// - Throws: `PostgresError`.
    package func count(in session: PostgresSession) throws -> Int {
        try session.query("SELECT count(*) AS rows FROM \(fragment: name)", timeout: .seconds(600))[0].decode("rows")
    }

    /// Lets the planner know what has become of the table.
    ///
    /// - Throws: `PostgresError`.
    package func analyze(in session: PostgresSession) throws {
        try session.run("ANALYZE \(fragment: name)", timeout: .seconds(600))
    }

    /// Deletes the rows of records that the org has deleted, but for rows that people have made anew under the same id.
    ///
    /// - Returns: how many there were.
    /// - Throws: `PostgresError`.
    package func delete(sfids: [String], in session: PostgresSession) throws -> Int {
        try session.run(
            "DELETE FROM \(fragment: name) t WHERE t.sfid = ANY (\(sfids)::text[]) \(fragment: table.isNotAwaitingInsert(row: "t"))")
    }

    /// Takes a bulk result straight into the table, where no row can be in its way.
    package var copyCSV: PostgresQuery { StageTable.copyCSV(into: name, table.columns) }
}
