import ForeignText
package import MappedSchema
package import Postgres

// What waits to be written, and the marks of what is about to be sent.
extension TriggerLog {
    /// Of rows that are found by their ids: spelt so that no index of what waits is taken for it, which after a burst holds nearly the whole log.
    private static let stillWaits: PostgresQuery = "coalesce(state, '') IN ('NEW', 'PENDING')"

    /// What waits, oldest first.
    ///
    /// - Parameters:
    ///   - tables: those whose rows are looked at, by name.
    ///   - after: only rows with a higher id.
    /// - Throws: `PostgresError`.
    package func waiting(tables: [String: TableSchema], after: Int64, limit: Int, in session: PostgresSession) throws -> [LogEntry] {
        try entries(of: tables, where: "id > \(after) ORDER BY id LIMIT \(limit)", in: session)
    }

    /// Those of some rows of a table that were marked as about to be sent and have no result yet, oldest first.
    ///
    /// - Throws: `PostgresError`.
    package func unanswered(_ ids: [Int64], of table: TableSchema, in session: PostgresSession) throws -> [LogEntry] {
        try entries(of: [table.table: table], where: "state = 'PENDING' AND id = ANY (\(ids)::bigint[]) ORDER BY id", in: session)
    }

    private func entries(
        of tables: [String: TableSchema], where condition: PostgresQuery, in session: PostgresSession
    ) throws -> [LogEntry] {
        let keyColumns = tables.mapValues { $0.uniqueColumns.union($0.parentColumns) }
        let keyed = keyColumns.filter { !$0.value.isEmpty }.keys.sorted()
        return try session.query(
            """
            SELECT id, table_name, action, record_id, sfid, state, txid, "values",
                   CASE WHEN action <> 'INSERT' AND table_name = ANY (\(keyed)::text[]) THEN old END AS old
            FROM \(fragment: log)
            WHERE (state = 'NEW' OR state = 'PENDING') AND table_name = ANY (\(tables.keys.sorted())::text[]) AND \(fragment: condition)
            """
        ).map { row in
            let table: String = try row.decode("table_name")
            return LogEntry(
                LogEntry.Row(
                    id: try row.decode("id"), table: table, action: try row.decodeIfPresent("action"),
                    recordID: try row.decodeIfPresent("record_id"), sfid: try row.decodeIfPresent("sfid"),
                    values: try row.decodeIfPresent("values"), old: try row.decodeIfPresent("old"),
                    transaction: try row.decodeIfPresent("txid"), wasSent: try row.decode("state", as: String.self) == "PENDING"),
                keyColumns: keyColumns[table] ?? [])
        }
    }

    /// Marks changes as about to be sent: should the answer be lost, the next attempt knows that they may have arrived.
    ///
    /// - Returns: those that still wait, by id, each with the Salesforce id that the log knows by now: people may have given up others meanwhile.
    /// - Throws: `PostgresError`.
    package func claim(_ changes: [Change], in session: PostgresSession) throws -> [Int64: String?] {
        let rows = try session.query(
            """
            UPDATE \(fragment: log) SET state = 'PENDING', updated_at = now()
            WHERE id = ANY (\(changes.flatMap(\.rows))::bigint[]) AND \(fragment: Self.stillWaits) RETURNING id, sfid
            """)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0.decode("id", as: Int64.self), try $0.decodeIfPresent("sfid", as: String.self)) })
    }

    /// Puts changes back to wait that surely did not take effect.
    ///
    /// - Throws: `PostgresError`.
    package func putBack(_ changes: [Change], message: String, in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: log) SET state = 'NEW', updated_at = now(), sf_message = \(String(foreign: message))
            WHERE id = ANY (\(changes.flatMap(\.rows))::bigint[]) AND state = 'PENDING'
            """)
    }

    /// Ends rows of the log that say nothing that could be written.
    ///
    /// - Throws: `PostgresError`.
    package func fail(_ problems: [(id: Int64, problem: String)], in session: PostgresSession) throws {
        guard !problems.isEmpty else { return }
        try session.run(
            """
            UPDATE \(fragment: log) l
            SET state = 'FAILED', processed_at = now(), processed_tx = txid_current(), updated_at = now(), sf_message = p.problem
            FROM unnest(\(problems.map(\.id))::bigint[], \(problems.map { String(foreign: $0.problem) })::text[]) AS p(id, problem)
            WHERE l.id = p.id AND (l.state = 'NEW' OR l.state = 'PENDING')
            """)
    }

    /// Which changes still wait, as `claim` returns them, without marking them.
    ///
    /// - Throws: `PostgresError`.
    package func standing(of changes: [Change], in session: PostgresSession) throws -> [Int64: String?] {
        let rows = try session.query(
            """
            SELECT id, sfid FROM \(fragment: log)
            WHERE id = ANY (\(changes.map(\.id))::bigint[]) AND \(fragment: Self.stillWaits)
            """)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0.decode("id", as: Int64.self), try $0.decodeIfPresent("sfid", as: String.self)) })
    }

    /// The ids that inserts of the same rows got from Salesforce, for changes that were captured before the row had one.
    ///
    /// - Returns: by change; none where the row's last insert before the change has no id, or is not in the log.
    /// - Throws: `PostgresError`.
    package func insertedIDs(for changes: [Change], in session: PostgresSession) throws -> [Int64: String] {
        guard let table = changes.first?.table else { return [:] }
        let inserts: (PostgresQuery) -> PostgresQuery = { source in
            """
            SELECT id, record_id, sfid FROM \(fragment: source)
            WHERE table_name = \(table) AND action = 'INSERT' AND record_id = ANY (\(changes.map(\.recordID))::bigint[])
            """
        }
        let rows = try session.query(
            """
            SELECT DISTINCT ON (c.id) c.id, i.sfid
            FROM unnest(\(changes.map(\.id))::bigint[], \(changes.map(\.recordID))::bigint[]) AS c(id, record_id)
            JOIN (\(fragment: inserts(log)) UNION ALL \(fragment: inserts(archive))) i ON i.record_id = c.record_id AND i.id < c.id
            ORDER BY c.id, i.id DESC
            """, timeout: .seconds(120))
        var ids: [Int64: String] = [:]
        for row in rows {
            if let sfid: String = try row.decodeIfPresent("sfid") { ids[try row.decode("id")] = sfid }
        }
        return ids
    }

    /// Unique values that records still hold in Salesforce, since the change that gives them up failed.
    ///
    /// - Returns: by lower-case value, the record and the failed change.
    /// - Throws: `PostgresError`.
    package func unreleased(
        table: String, column: String, values: [String], in session: PostgresSession
    ) throws -> [String: (sfid: String, change: Int64)] {
        let rows = try session.query(
            """
            SELECT l.id, l.action, l.sfid, l.old, l."values" FROM \(fragment: log) l
            WHERE l.state = 'FAILED' AND l.table_name = \(table) AND l.action IN ('UPDATE', 'DELETE') AND l.sfid IS NOT NULL
              AND EXISTS (SELECT FROM unnest(\(values)::text[]) AS v WHERE strpos(lower(l.old), lower(v)) > 0)
              -- It may have given the value up since, by a later change.
              AND NOT EXISTS (
                  SELECT FROM \(fragment: log) s
                  WHERE s.table_name = l.table_name AND s.sfid = l.sfid AND s.state = 'SUCCESS' AND s.id > l.id
                    AND (s.action = 'DELETE' OR s.action = 'UPDATE' AND strpos(s."values", \("\"\(column)\"=>")) > 0)
              )
            """)
        let wanted = Set(values.map { $0.lowercased() })
        var held: [String: (sfid: String, change: Int64)] = [:]
        for row in rows {
            guard let old = try? HStoreText.parse(try row.decodeIfPresent("old") ?? ""), let value = old[column] ?? nil,
                wanted.contains(value.lowercased())
            else { continue }
            let new = try? HStoreText.parse(try row.decodeIfPresent("values") ?? "")
            let isGivenUp = try row.decode("action", as: String.self) == "DELETE" || new?[column] != nil
            if isGivenUp { held[value.lowercased()] = (try row.decode("sfid"), try row.decode("id")) }
        }
        return held
    }

    /// Which of these values inserts and updates that wait give to a column.
    ///
    /// - Returns: them in lower case.
    /// - Throws: `PostgresError`.
    package func waitingKeys(
        tables: [String], column: String, values: [String], in session: PostgresSession
    ) throws -> Set<String> {
        Set(try allWaiting(tables: tables, column: column, values: values, in: session).keys)
    }

    /// The first of the inserts and updates that wait and give one of these values to a column.
    ///
    /// - Returns: their ids in the log, by the value in lower case.
    /// - Throws: `PostgresError`.
    package func firstWaiting(tables: [String], column: String, values: [String], in session: PostgresSession) throws -> [String: Int64] {
        try allWaiting(tables: tables, column: column, values: values, in: session).compactMapValues { $0.min() }
    }

    /// The inserts and updates that wait and give one of these values to a column.
    ///
    /// - Returns: their ids in the log, by the value in lower case.
    /// - Throws: `PostgresError`.
    package func allWaiting(
        tables: [String], column: String, values: [String], in session: PostgresSession
    ) throws -> [String: [Int64]] {
        let rows = try session.query(
            """
            SELECT l.id, l."values" FROM \(fragment: log) l
            WHERE (l.state = 'NEW' OR l.state = 'PENDING') AND l.table_name = ANY (\(tables)::text[])
              AND l.action IN ('INSERT', 'UPDATE')
              AND EXISTS (SELECT FROM unnest(\(values)::text[]) AS v WHERE strpos(lower(l."values"), lower(v)) > 0)
            """, timeout: .seconds(120))
        let wanted = Set(values.map { $0.lowercased() })
        var found: [String: [Int64]] = [:]
        for row in rows {
            guard let value = (try? HStoreText.parse(try row.decode("values")))?[column] ?? nil, wanted.contains(value.lowercased()) else {
                continue
            }
            found[value.lowercased(), default: []].append(try row.decode("id"))
        }
        return found
    }

    /// Which of these Salesforce ids the table has already.
    ///
    /// - Throws: `PostgresError`.
    package func known(table: String, sfids: [String], in session: PostgresSession) throws -> Set<String> {
        Set(
            try session.query("SELECT sfid FROM \(identifier: schema, table) WHERE sfid = ANY (\(sfids)::text[])").map {
                try $0.decode("sfid", as: String.self)
            })
    }

    /// The rows of the table that have these records.
    ///
    /// - Returns: their `id`s, by Salesforce id.
    /// - Throws: `PostgresError`.
    package func rows(table: String, sfids: [String], in session: PostgresSession) throws -> [String: Int64] {
        guard !sfids.isEmpty else { return [:] }
        return Dictionary(
            try session.query("SELECT id, sfid FROM \(identifier: schema, table) WHERE sfid = ANY (\(sfids)::text[])").map {
                (try $0.decode("sfid", as: String.self), try $0.decode("id", as: Int64.self))
            }, uniquingKeysWith: min)
    }
}
