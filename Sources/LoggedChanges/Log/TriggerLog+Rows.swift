package import Foundation
package import MappedSchema
package import Postgres

// What the rows of a mapped table say of changes that were captured before the row had a Salesforce id.
extension TriggerLog {
    /// The ids of rows that got one by their unique identifier since the change was captured.
    ///
    /// - Throws: `PostgresError`.
    package func adoptedIDs(of changes: [Change], table: TableSchema, in session: PostgresSession) throws -> [Int64: String] {
        guard let column = table.upsertColumn, !changes.isEmpty else { return [:] }
        let rows = try session.query(
            """
            SELECT id, sfid, \(identifier: column)::text AS key FROM \(identifier: table.schema, table.table)
            WHERE id = ANY (\(changes.map(\.recordID))::bigint[]) AND sfid IS NOT NULL AND \(identifier: column) IS NOT NULL
            """)
        let byID = Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                (
                    try row.decode("id", as: Int64.self),
                    (sfid: try row.decode("sfid", as: String.self), key: try row.decode("key", as: String.self))
                )
            })
        var ids: [Int64: String] = [:]
        for change in changes {
            guard let row = byID[change.recordID], let key = (change.values[column] ?? nil) ?? change.oldKeys[column], key == row.key
            else { continue }
            ids[change.id] = row.sfid
        }
        return ids
    }

    /// The rows of inserts, as far as they have a Salesforce id by now.
    ///
    /// - Throws: `PostgresError`.
    package func placedRows(of changes: [Change], table: TableSchema, in session: PostgresSession) throws -> [RowIdentity.Row] {
        try session.query(
            """
            SELECT id, sfid, xmin::text::bigint AS writer FROM \(identifier: table.schema, table.table)
            WHERE id = ANY (\(changes.map(\.recordID))::bigint[]) AND sfid IS NOT NULL
            """
        ).map { row in
            RowIdentity.Row(id: try row.decode("id"), sfid: try row.decode("sfid"), writer: try row.decode("writer"), key: nil)
        }
    }

    /// Has the deletions written of rows that may get a record before: the capture notes them as IGNORE, since the rows had no id yet. Such are rows whose
    /// inserts failed while an update waits that has them sent again, and, in order, rows whose inserts wait.
    ///
    /// - Throws: `PostgresError`.
    package func reviveDeletions(inOrder: Bool, in session: PostgresSession) throws {
        try session.run(
            """
            WITH unknown AS (
                SELECT d.id, d.table_name, d.record_id FROM \(fragment: log) d
                WHERE d.state = 'IGNORE' AND d.action = 'DELETE' AND d.sfid IS NULL
                  AND d.id > (SELECT min(f.id) FROM \(fragment: log) f WHERE (f.state = 'NEW' OR f.state = 'PENDING') AND f.action <> 'DELETE')
            )
            UPDATE \(fragment: log) SET state = 'NEW', updated_at = now()
            WHERE id IN (
                SELECT d.id FROM unknown d JOIN \(fragment: log) i USING (table_name, record_id)
                WHERE \(inOrder)::boolean AND (i.state = 'NEW' OR i.state = 'PENDING') AND i.action = 'INSERT' AND i.id < d.id
                UNION ALL
                SELECT d.id FROM unknown d JOIN \(fragment: log) u USING (table_name, record_id) JOIN \(fragment: log) i USING (table_name, record_id)
                WHERE (u.state = 'NEW' OR u.state = 'PENDING') AND u.action = 'UPDATE' AND u.sfid IS NULL AND u.id < d.id
                  AND i.state = 'FAILED' AND i.action = 'INSERT' AND i.id < u.id
            )
            """, timeout: .seconds(120))
    }

    /// For inserts whose rows were deleted before the org knew them, the deletion. The capture notes it as IGNORE, since the row has no id.
    ///
    /// - Returns: by the insert's id.
    /// - Throws: `PostgresError`.
    package func deletions(of inserts: [Change], in session: PostgresSession) throws -> [Int64: Int64] {
        guard let first = inserts.map(\.id).min() else { return [:] }
        let rows = try session.query(
            """
            SELECT i.id AS insert, d.id AS deletion
            FROM unnest(\(inserts.map(\.id))::bigint[], \(inserts.map(\.table))::text[], \(inserts.map(\.recordID))::bigint[])
                AS i(id, table_name, record_id)
            CROSS JOIN LATERAL (
                SELECT min(l.id) AS id FROM \(fragment: log) l
                WHERE l.state = 'IGNORE' AND l.id > \(first) AND l.action = 'DELETE' AND l.sfid IS NULL
                  AND l.table_name = i.table_name AND l.record_id = i.record_id AND l.id > i.id
            ) d
            WHERE d.id IS NOT NULL
            """, timeout: .seconds(120))
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0.decode("insert", as: Int64.self), try $0.decode("deletion", as: Int64.self)) })
    }

    /// For updates of rows that have no record since their insert failed: the insert, and the updates that failed with it since. An insert whose
    /// answer was lost is none of them, since its record may be there.
    ///
    /// - Returns: by the update's id, in the order of the log.
    /// - Throws: `PostgresError`.
    package func failedInserts(of updates: [Change], in session: PostgresSession) throws -> [Int64: [Change]] {
        guard let table = updates.first?.table else { return [:] }
        let rows = try session.query(
            """
            WITH failed AS MATERIALIZED (
                SELECT l.id, l.action, l.record_id, l.txid, l."values", l.sf_message FROM \(fragment: log) l
                WHERE l.state = 'FAILED' AND l.table_name = \(table) AND l.action <> 'DELETE' AND l.sfid IS NULL
                  AND l.record_id = ANY (\(updates.map(\.recordID))::bigint[])
            )
            SELECT u.id AS update_id, f.id, f.action, f.record_id, f.txid, f."values"
            FROM unnest(\(updates.map(\.id))::bigint[], \(updates.map(\.recordID))::bigint[]) AS u(id, record_id)
            JOIN LATERAL (
                SELECT i.id FROM failed i
                WHERE i.action = 'INSERT' AND i.record_id = u.record_id AND i.id < u.id AND i.sf_message NOT LIKE 'ANSWER_LOST%'
                ORDER BY i.id DESC LIMIT 1
            ) AS made ON true
            JOIN failed f ON f.record_id = u.record_id AND f.id >= made.id AND f.id < u.id
            ORDER BY u.id, f.id
            """, timeout: .seconds(120))
        var failed: [Int64: [Change]] = [:]
        for row in rows {
            let entry = LogEntry(
                LogEntry.Row(
                    id: try row.decode("id"), table: table, action: try row.decodeIfPresent("action"),
                    recordID: try row.decodeIfPresent("record_id"), sfid: nil, values: try row.decodeIfPresent("values"), old: nil,
                    transaction: try row.decodeIfPresent("txid"), wasSent: false), keyColumns: [])
            if case .change(let change) = entry { failed[try row.decode("update_id"), default: []].append(change) }
        }
        return failed.filter { $0.value.first?.action == .insert }
    }

    /// Updates of rows whose inserts were sent before, that were marked as about to be sent with these: merged into one.
    ///
    /// - Returns: by the insert's id, in the order of the log.
    /// - Throws: `PostgresError`.
    package func sentUpdates(with inserts: [Change], in session: PostgresSession) throws -> [Int64: [Change]] {
        guard let table = inserts.first?.table else { return [:] }
        let rows = try session.query(
            """
            SELECT i.id AS insert_id, u.id, u.record_id, u.txid, u."values"
            FROM unnest(\(inserts.map(\.id))::bigint[], \(inserts.map(\.recordID))::bigint[]) AS i(id, record_id)
            JOIN \(fragment: log) u ON u.record_id = i.record_id AND u.id > i.id
            WHERE u.state = 'PENDING' AND u.action = 'UPDATE' AND u.table_name = \(table) AND u.sfid IS NULL
            ORDER BY u.id
            """, timeout: .seconds(120))
        var sent: [Int64: [Change]] = [:]
        for row in rows {
            let entry = LogEntry(
                LogEntry.Row(
                    id: try row.decode("id"), table: table, action: "UPDATE", recordID: try row.decodeIfPresent("record_id"), sfid: nil,
                    values: try row.decodeIfPresent("values"), old: nil, transaction: try row.decodeIfPresent("txid"), wasSent: true),
                keyColumns: [])
            if case .change(let change) = entry { sent[try row.decode("insert_id"), default: []].append(change) }
        }
        return sent
    }

    /// Marks failed changes as about to be sent, once more.
    ///
    /// - Returns: those that were marked: people may have given others up.
    /// - Throws: `PostgresError`.
    package func claimFailed(_ ids: [Int64], in session: PostgresSession) throws -> Set<Int64> {
        let rows = try session.query(
            """
            UPDATE \(fragment: log) SET state = 'PENDING', updated_at = now()
            WHERE id = ANY (\(ids)::bigint[]) AND state = 'FAILED' RETURNING id
            """)
        return Set(try rows.map { try $0.decode("id", as: Int64.self) })
    }

    /// When these changes were marked as about to be sent.
    ///
    /// - Returns: the moment by the target's clock, and how long ago that was.
    /// - Throws: `PostgresError`.
    package func marked(_ ids: [Int64], in session: PostgresSession) throws -> [Int64: (at: Date, age: Duration)] {
        let rows = try session.query(
            """
            SELECT id, updated_at AS at, extract(epoch FROM clock_timestamp() - updated_at)::float8 AS age FROM \(fragment: log)
            WHERE id = ANY (\(ids)::bigint[]) AND updated_at IS NOT NULL
            """)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                (
                    try row.decode("id", as: Int64.self),
                    (at: try row.decode("at", as: Date.self), age: .seconds(try row.decode("age", as: Double.self)))
                )
            })
    }

    /// When the first of these changes was captured, by the target's clock.
    ///
    /// - Throws: `PostgresError`.
    package func firstCaptured(of ids: [Int64], in session: PostgresSession) throws -> Date? {
        try session.query("SELECT min(created_at) AS at FROM \(fragment: log) WHERE id = ANY (\(ids)::bigint[])")[0].decodeIfPresent("at")
    }

    /// Which of these records the log named before an insert: they are none that the insert made, though their rows may be gone by now.
    ///
    /// - Throws: `PostgresError`.
    package func namedBefore(_ insert: Change, among sfids: [String], in session: PostgresSession) throws -> Set<String> {
        guard !sfids.isEmpty else { return [] }
        let rows = try session.query(
            """
            SELECT DISTINCT l.sfid FROM \(fragment: log) l
            WHERE l.sfid = ANY (\(sfids)::text[]) AND l.id < \(insert.id) AND l.table_name = \(insert.table)
            """, timeout: .seconds(120))
        return Set(try rows.map { try $0.decode("sfid", as: String.self) })
    }

    /// Which of these records, made about when a row of the table was inserted here, have a row that a poll brought, and that may be that row's own: no
    /// other insert from here made them. Which `id` the row has says nothing: people set sequences back.
    ///
    /// - Throws: `PostgresError`.
    package func copies(of insert: Change, among sfids: [String], in session: PostgresSession) throws -> Set<String> {
        guard !sfids.isEmpty else { return [] }
        let rows = try session.query(
            """
            SELECT t.sfid FROM \(identifier: schema, insert.table) t
            WHERE t.sfid = ANY (\(sfids)::text[]) AND NOT EXISTS (
                SELECT FROM \(fragment: log) l
                WHERE l.id <> \(insert.id) AND l.table_name = \(insert.table) AND l.action = 'INSERT'
                  AND (l.sfid = t.sfid OR l.id > \(insert.id) AND l.record_id = t.id)
            )
            """, timeout: .seconds(120))
        return Set(try rows.map { try $0.decode("sfid", as: String.self) })
    }
}
