import ForeignText
package import MappedSchema
package import Postgres
package import SharedValues

/// Failed changes, from the log and its archive: listed, counted, grouped by cause.
extension TriggerLog {
    /// Failures that are grouped or counted at a time, at most.
    package static let mostCounted = 100_000

    /// A reason without what differs from row to row: ids, numbers, addresses and what stands in quotation marks.
    private static let reason: PostgresQuery = #"""
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(left(coalesce(sf_message, ''), 500),
            '\S+@\S+', '…', 'g'), '''[^'']*''|"[^"]*"', '…', 'g'),
            '\m(?=[a-zA-Z]*[0-9])[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?\M', '…', 'g'), '[0-9]+', '…', 'g')
        """#

    private static let columns: PostgresQuery = """
        id, table_name, record_id, sfid, action, state, sf_message, created_at, processed_at, "values", old, md5(\(fragment: reason)) AS cause
        """

    /// Every failed change that a selection means, of both tables.
    private func failed(_ selection: ChangeSelection, _ columns: PostgresQuery) -> PostgresQuery {
        let condition = condition(selection)
        return """
            SELECT \(fragment: columns), false AS is_archived FROM \(fragment: log) WHERE state = 'FAILED' AND \(fragment: condition)
            UNION ALL SELECT \(fragment: columns), true FROM \(fragment: archive) WHERE state = 'FAILED' AND \(fragment: condition)
            """
    }

    func condition(_ selection: ChangeSelection) -> PostgresQuery {
        let text = selection.text.map { "%" + $0.replacing(/[\\%_]/) { "\\\($0.output)" } + "%" }
        return """
            (\(selection.changes)::bigint[] IS NULL OR id = ANY (\(selection.changes)::bigint[]))
            AND (\(selection.rows)::bigint[] IS NULL OR record_id = ANY (\(selection.rows)::bigint[]))
            AND (\(selection.sfids)::text[] IS NULL OR sfid = ANY (\(selection.sfids)::text[]))
            AND (\(selection.table)::text IS NULL OR table_name = \(selection.table))
            AND (\(text)::text IS NULL OR sf_message ILIKE \(text))
            AND (\(selection.cause)::text IS NULL OR md5(\(fragment: Self.reason)) = \(selection.cause))
            """
    }

    /// A page of failed changes, the newest first.
    ///
    /// - Parameter before: only changes with a lower id.
    /// - Throws: `PostgresError`.
    package func failedChanges(
        _ selection: ChangeSelection, before: Int64?, limit: Int, in session: PostgresSession
    ) throws -> (changes: [LoggedChange], next: Int64?) {
        let rows = try session.query(
            """
            SELECT * FROM (\(fragment: failed(selection, Self.columns))) AS failed
            WHERE id < \(before ?? .max)::bigint ORDER BY id DESC LIMIT \(limit + 1)
            """, timeout: .seconds(5)
        ).map(LoggedChange.init(row:))
        let page = Array(rows.prefix(limit))
        return (page, rows.count > limit ? page.last?.id : nil)
    }

    /// How many failed changes a selection means, counted to 100,000, and the highest id among them.
    ///
    /// - Throws: `PostgresError`.
    package func countFailed(_ selection: ChangeSelection, in session: PostgresSession) throws -> (count: Int, highest: Int64) {
        let row = try session.query(
            """
            SELECT count(*) AS n, coalesce(max(id), 0) AS highest FROM (
                SELECT id FROM (\(fragment: failed(selection, "id"))) AS failed LIMIT \(Self.mostCounted)
            ) AS counted
            """, timeout: .seconds(5))[0]
        return (try row.decode("n"), try row.decode("highest"))
    }

    /// Failed changes by table and cause, the largest groups first.
    ///
    /// - Throws: `PostgresError`.
    package func failureGroups(_ selection: ChangeSelection, limit: Int, in session: PostgresSession) throws -> [FailureGroup] {
        try session.query(
            """
            SELECT table_name, md5(reason) AS cause, reason, min(sf_message) AS example, count(*) AS n, coalesce(min(created_at), now()) AS first_at, coalesce(max(created_at), now()) AS last_at
            FROM (
                SELECT table_name, sf_message, created_at, \(fragment: Self.reason) AS reason
                FROM (\(fragment: failed(selection, "table_name, sf_message, created_at"))) AS failed LIMIT \(Self.mostCounted)
            ) AS counted
            GROUP BY table_name, reason ORDER BY n DESC, table_name, reason LIMIT \(limit)
            """, timeout: .seconds(10)
        ).map { row in
            FailureGroup(
                tableName: try row.decodeIfPresent("table_name") ?? "", cause: try row.decode("cause"),
                reason: String(foreign: try row.decode("reason", as: String.self)),
                example: String(foreign: try row.decodeIfPresent("example") ?? ""),
                count: try row.decode("n"), firstAt: try row.decode("first_at"), lastAt: try row.decode("last_at"))
        }
    }

    /// What the log and its archive say of a row, the newest first.
    ///
    /// - Parameter before: only changes with a lower id.
    /// - Throws: `PostgresError`.
    package func history(
        table: String, row: Int64, before: Int64?, limit: Int, in session: PostgresSession
    ) throws -> (changes: [LoggedChange], next: Int64?) {
        let condition: PostgresQuery = "record_id = \(row)::bigint AND table_name = \(table) AND id < \(before ?? .max)::bigint"
        let rows = try session.query(
            """
            (SELECT \(fragment: Self.columns), false AS is_archived FROM \(fragment: log) WHERE \(fragment: condition))
            UNION ALL (SELECT \(fragment: Self.columns), true FROM \(fragment: archive) WHERE \(fragment: condition))
            ORDER BY id DESC LIMIT \(limit + 1)
            """, timeout: .seconds(5)
        ).map(LoggedChange.init(row:))
        let page = Array(rows.prefix(limit))
        return (page, rows.count > limit ? page.last?.id : nil)
    }
}

extension TriggerLog {
    /// The rows of the next failed changes that a selection means, oldest first.
    ///
    /// - Throws: `PostgresError`.
    package func failedRows(
        _ selection: ChangeSelection, after: Int64, upTo: Int64, limit: Int, in session: PostgresSession
    ) throws -> [(change: Int64, row: Int64)] {
        try session.query(
            """
            SELECT id, record_id FROM (\(fragment: failed(selection, "id, record_id"))) AS failed
            WHERE id > \(after)::bigint AND id <= \(upTo)::bigint AND record_id IS NOT NULL ORDER BY id LIMIT \(limit)
            """, timeout: .seconds(10)
        ).map { (change: try $0.decode("id", as: Int64.self), row: try $0.decode("record_id", as: Int64.self)) }
    }
}
