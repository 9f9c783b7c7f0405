package import MappedSchema
package import Postgres
package import SharedValues

/// A row beside its record: values by column, in Postgres' text form.
package struct ComparedRow: Sendable {
    /// The row's `id`; nil of a record without a row.
    package var id: Int64?
    /// The record's id; nil of a row without one.
    package var sfid: String?
    /// The row's values; nil of a record without a row.
    package var here: JSONValue?
    /// The record's values; nil without a record, or while nobody has looked.
    package var there: JSONValue?
    /// Columns in which the two differ.
    package var differences: [String] = []
    /// What Heroku Connect's columns say of the row.
    package var lastOperation: String?
    package var error: String?
    /// How many of its changes wait, and how many failed.
    package var pending = 0
    package var failed = 0
}

/// Reads rows of one mapped table for people who look at them. The caller decides which rows by state, search, place or id.
package struct RowPage: Sendable {
    package let table: TableSchema

    private var target: PostgresQuery { "\(identifier: table.schema, table.table)" }
    private var log: PostgresQuery { TriggerLog(schema: table.schema).log }

    package init(of table: TableSchema) {
        self.table = table
    }

    /// Rows in the order of their ids.
    ///
    /// - Parameters:
    ///   - state: `.any`, `.synced`, `.pending` or `.failed`; what only Salesforce can tell restricts nothing here.
    ///   - search: what `id`, `sfid`, `_hc_err` or `name` hold.
    ///   - after: only rows with a higher id.
    /// - Throws: `PostgresError`.
    package func rows(
        state: MappedRowState, search: String?, after: Int64, limit: Int, in session: PostgresSession
    ) throws -> [ComparedRow] {
        let isMeant: PostgresQuery =
            switch state {
            case .synced: "sfid IS NOT NULL AND _hc_lastop IS DISTINCT FROM 'PENDING' AND _hc_lastop IS DISTINCT FROM 'FAILED'"
            case .pending: "_hc_lastop = 'PENDING'"
            case .failed: "_hc_lastop = 'FAILED'"
            default: "true"
            }
        return try read(
            "\(fragment: isMeant) AND \(fragment: found(search)) AND id > \(after)::bigint ORDER BY id LIMIT \(limit)", in: session)
    }

    /// The rows with these ids.
    ///
    /// - Throws: `PostgresError`.
    package func rows(ids: [Int64], in session: PostgresSession) throws -> [ComparedRow] {
        try read("id = ANY (\(ids)::bigint[]) ORDER BY id", in: session)
    }

    private func found(_ search: String?) -> PostgresQuery {
        guard let search else { return "true" }
        let pattern = "%" + search.replacing(/[\\%_]/) { "\\\($0.output)" } + "%"
        let name: PostgresQuery = table.column(named: "name").map { "OR \(identifier: $0.name)::text ILIKE \(pattern)" } ?? ""
        // Salesforce ids of 15 characters and of 18 mean the same record.
        let id: PostgresQuery = search.utf8.count == 15 ? "OR left(sfid, 15) = \(search)" : ""
        return "(id::text = \(search) OR sfid = \(search) \(fragment: id) OR _hc_err ILIKE \(pattern) \(fragment: name))"
    }

    private func read(_ condition: PostgresQuery, in session: PostgresSession) throws -> [ComparedRow] {
        try session.query(
            """
            WITH page AS MATERIALIZED (
                SELECT id, sfid, _hc_lastop, _hc_err, \(fragment: values("t")) AS here FROM \(fragment: target) t WHERE \(fragment: condition)
            ), changes AS (
                SELECT record_id, count(*) FILTER (WHERE state <> 'FAILED') AS pending, count(*) FILTER (WHERE state = 'FAILED') AS failed
                FROM \(fragment: log)
                WHERE state IN ('NEW', 'PENDING', 'FAILED') AND table_name = \(table.table) AND record_id = ANY (ARRAY(SELECT id FROM page))
                GROUP BY record_id
            )
            SELECT page.*, coalesce(c.pending, 0) AS pending, coalesce(c.failed, 0) AS failed
            FROM page LEFT JOIN changes c ON c.record_id = page.id ORDER BY page.id
            """, timeout: .seconds(10)
        ).map { row in
            ComparedRow(
                id: try row.decode("id"), sfid: try row.decodeIfPresent("sfid"),
                here: try JSONValue(parsing: row.decode("here", as: String.self)),
                lastOperation: try row.decodeIfPresent("_hc_lastop"), error: try row.decodeIfPresent("_hc_err"),
                pending: try row.decode("pending"), failed: try row.decode("failed"))
        }
    }

    /// The mapped columns of a row as JSON.
    func values(_ alias: String) -> PostgresQuery {
        // A function takes 100 arguments at most.
        let pairs = table.columns.map { "\(PostgresText.quoteLiteral($0.name)), \(alias).\(PostgresText.quoteIdentifier($0.name))" }
        let pieces = stride(from: 0, to: pairs.count, by: 40).map {
            "jsonb_build_object(\(pairs[$0..<min($0 + 40, pairs.count)].joined(separator: ", ")))"
        }
        return PostgresQuery(sql: "(\(pieces.joined(separator: " || ")))::text")
    }
}
