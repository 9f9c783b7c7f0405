package import Foundation
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

    /// More rows than this are not counted one by one: Postgres' own estimate serves, as with Heroku Connect (heroku-connect.md 3.10).
    package static let mostCounted = 3_000_000

    /// How many rows there are.
    ///
    /// - Returns: the number, and whether it is exact.
    /// - Throws: `PostgresError`.
    package func count(in session: PostgresSession, countingUpTo most: Int = mostCounted) throws -> (rows: Int, isExact: Bool) {
        let qualified = PostgresText.quoteIdentifier(table.schema) + "." + PostgresText.quoteIdentifier(table.table)
        let estimate: Int = try session.query(
            "SELECT greatest(reltuples, 0)::bigint AS rows FROM pg_class WHERE oid = \(qualified)::regclass")[0]
            .decode("rows")
        if estimate > most { return (estimate, false) }
        return (try session.query("SELECT count(*) AS rows FROM \(fragment: name)", timeout: .seconds(600))[0].decode("rows"), true)
    }

    /// Lets the planner know what has become of the table.
    ///
    /// - Throws: `PostgresError`.
    package func analyze(in session: PostgresSession) throws {
        try session.run("ANALYZE \(fragment: name)", timeout: .seconds(600))
    }

    /// The same, unless somebody holds the table.
    ///
    /// - Throws: `PostgresError`, with 55P03 in that case.
    package func analyzeIfFree(in session: PostgresSession) throws {
        try session.transaction {
            try session.run("SET LOCAL lock_timeout TO '2s'")
            try analyze(in: session)
        }
    }

    /// Deletes the rows of records that the org has deleted, but for rows that people have made anew under the same id.
    ///
    /// - Parameter readAt: when the org was asked, by the target's clock.
    /// - Returns: how many there were, and which of them somebody's constraint or trigger holds.
    /// - Throws: `PostgresError`.
    package func delete(sfids: [String], readAt: Date? = nil, in session: PostgresSession) throws -> RowMerge.Counts {
        do {
            return try RowNarrowing.attempt(in: session) { try deleteAll(sfids, readAt, in: session) }
        } catch let error as PostgresError where error.refusesRow {
            return try delete(sfids: sfids, because: error, in: session)
        }
    }

    func delete(sfids: [String], because error: PostgresError, in session: PostgresSession) throws -> RowMerge.Counts {
        try RowNarrowing.run(sfids, because: error, in: session) { try deleteAll($0, nil, in: session) }
    }

    private func deleteAll(_ sfids: [String], _ readAt: Date?, in session: PostgresSession) throws -> RowMerge.Counts {
        let deleted = try DeletedRows(table: table).delete(
            where: "t.sfid = ANY (\(sfids)::text[]) \(fragment: table.isNotOwnRecord(row: "t", since: readAt))", timeout: .seconds(600),
            in: session)
        return RowMerge.Counts(deleted: deleted)
    }
}
