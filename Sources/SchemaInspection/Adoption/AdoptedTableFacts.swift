package import Foundation
import MappedSchema
import Postgres

/// What stands in a table that is adopted.
package struct AdoptedTableFacts: Sendable, Equatable {
    /// Whether it was there.
    package var exists = true
    /// Whether a row of it has a Salesforce id.
    package var hasRecords = false
    /// Rows, exactly or as the planner estimates them.
    package var rows = 0
    package var isRowsExact = true
    /// The highest stamp of a record, never later than the server's clock; nil where no row has one, or the table has no such column.
    package var highestStamp: Date?
    /// Changes that wait, by state: `NEW`, `PENDING`.
    package var waiting: [String: Int] = [:]

    package init() {}

    /// From how many rows on they are not counted one by one.
    static let countedTo = 2_000_000

    /// Looks at a table.
    ///
    /// - Throws: `PostgresError`.
    static func look(at table: TableSchema, in session: PostgresSession) throws -> AdoptedTableFacts {
        var facts = AdoptedTableFacts()
        let name: PostgresQuery = "\(identifier: table.schema, table.table)"
        (facts.rows, facts.isRowsExact) = try MappedRows(of: table).count(in: session, countingUpTo: countedTo)
        facts.hasRecords = try !session.query("SELECT FROM \(fragment: name) WHERE sfid IS NOT NULL LIMIT 1", timeout: .seconds(60)).isEmpty
        if let stamp = table.stampColumn {
            // By the index downwards where there is one. A stamp of the future, which somebody wrote, is no sign of anything.
            facts.highestStamp = try session.query(
                """
                SELECT \(identifier: stamp.name) AT TIME ZONE 'UTC' AS stamp FROM \(fragment: name)
                WHERE sfid IS NOT NULL AND \(identifier: stamp.name) <= clock_timestamp() AT TIME ZONE 'UTC'
                ORDER BY \(identifier: stamp.name) DESC LIMIT 1
                """, timeout: .seconds(300)
            ).first?.decode("stamp")
        }
        return facts
    }
}
