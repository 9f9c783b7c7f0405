package import MappedSchema
package import Postgres
import SharedValues

/// Compares rows with records that lie in a stage: they differ where a merge would change them, by the columns' own types.
package struct RowComparison: Sendable {
    package let table: TableSchema
    package let stage: StageTable

    private var target: PostgresQuery { "\(identifier: table.schema, table.table)" }
    private var page: RowPage { RowPage(of: table) }

    package init(table: TableSchema, stage: StageTable) {
        self.table = table
        self.stage = stage
    }

    /// Adds to rows what the stage holds of their records.
    ///
    /// - Throws: `PostgresError`.
    package func compare(_ rows: [ComparedRow], in session: PostgresSession) throws -> [ComparedRow] {
        let found = try session.query(
            """
            SELECT t.id, \(fragment: page.values("s")) AS there, \(fragment: differences) AS differences
            FROM \(fragment: target) t JOIN \(fragment: stage.name) s ON s.sfid = t.sfid WHERE t.id = ANY (\(rows.compactMap(\.id))::bigint[])
            """, timeout: .seconds(10))
        var there: [Int64: (JSONValue, [String])] = [:]
        for row in found {
            there[try row.decode("id")] = (
                try JSONValue(parsing: row.decode("there", as: String.self)), try row.decode("differences", as: [String].self)
            )
        }
        return rows.map { row in
            var row = row
            if let (values, differences) = row.id.flatMap({ there[$0] }) { (row.there, row.differences) = (values, differences) }
            return row
        }
    }

    /// Staged records that no row has, in the order of their ids.
    ///
    /// - Throws: `PostgresError`.
    package func withoutRow(limit: Int, in session: PostgresSession) throws -> [ComparedRow] {
        let deleted: PostgresQuery = table.hasIsDeleted ? "AND s.isdeleted IS NOT TRUE" : ""
        return try session.query(
            """
            SELECT s.sfid, \(fragment: page.values("s")) AS there FROM \(fragment: stage.name) s
            WHERE s.sfid IS NOT NULL \(fragment: deleted) AND NOT EXISTS (SELECT FROM \(fragment: target) t WHERE t.sfid = s.sfid)
            ORDER BY s.sfid COLLATE "C" LIMIT \(limit)
            """, timeout: .seconds(10)
        ).map { row in
            ComparedRow(sfid: try row.decode("sfid"), there: try JSONValue(parsing: row.decode("there", as: String.self)))
        }
    }

    /// The names of the columns that differ.
    private var differences: PostgresQuery {
        let names = table.columns.filter { $0.name != "sfid" }.map(\.name)
        guard !names.isEmpty else { return "'{}'::text[]" }
        let cases = names.map { name in
            let column = PostgresText.quoteIdentifier(name)
            return "CASE WHEN t.\(column) IS DISTINCT FROM s.\(column) THEN \(PostgresText.quoteLiteral(name)) END"
        }
        return PostgresQuery(sql: "array_remove(ARRAY[\(cases.joined(separator: ", "))]::text[], NULL)")
    }
}
