import ForeignText
package import MappedSchema
package import Postgres
package import SharedValues

/// What becomes of failed changes when people want them tried again or given up. Transactions must have `xmlbinary` = `hex`.
extension TriggerLog {
    /// What was done to some failed changes.
    package struct Resolution: Sendable, Equatable {
        /// Changes that were done with, and the highest id among them; 0 when there were none.
        package var changes = 0
        package var last: Int64 = 0
        /// Of these, those that wait again, and those that were given up for a reason.
        package var retried = 0
        package var givenUp = 0
        /// How many of each table.
        package var tables: [String: Int] = [:]
    }

    /// Takes some failed changes that a selection means, oldest first, and locks them.
    private func take(
        _ selection: ChangeSelection, after: Int64, upTo: Int64, limit: Int, in session: PostgresSession
    ) throws -> [LoggedChange] {
        var taken: [LoggedChange] = []
        for (source, isArchived) in [(log, false), (archive, true)] {
            taken += try session.query(
                """
                SELECT id, table_name, record_id, sfid, action, state, sf_message, created_at, processed_at, "values", NULL AS old, '' AS cause,
                       \(isArchived)::boolean AS is_archived
                FROM \(fragment: source)
                WHERE state = 'FAILED' AND id > \(after)::bigint AND id <= \(upTo)::bigint AND \(fragment: condition(selection))
                ORDER BY id LIMIT \(limit) FOR UPDATE SKIP LOCKED
                """, timeout: .seconds(30)
            ).map(LoggedChange.init(row:))
        }
        return Array(taken.sorted { $0.id < $1.id }.prefix(limit))
    }

    /// Gives some failed changes up.
    ///
    /// - Throws: `PostgresError`.
    package func ignore(
        _ selection: ChangeSelection, after: Int64, upTo: Int64, limit: Int, in session: PostgresSession
    ) throws -> Resolution {
        let taken = try take(selection, after: after, upTo: upTo, limit: limit, in: session)
        try settle(taken.map { change in (change, state: "IGNORED", message: nil) }, in: session)
        return Self.resolution(taken, retried: 0)
    }

    /// Has some failed changes tried again, each as `ChangeRetry` says.
    ///
    /// - Parameter tables: shapes of the mapped tables by name; changes of others are given up.
    /// - Throws: `PostgresError`.
    package func retry(
        _ selection: ChangeSelection, tables: [String: TableSchema], after: Int64, upTo: Int64, limit: Int, in session: PostgresSession
    ) throws -> Resolution {
        let taken = try take(selection, after: after, upTo: upTo, limit: limit, in: session)
        var settled: [(LoggedChange, state: String, message: String?)] = []
        var retried = 0
        for (name, changes) in Dictionary(grouping: taken, by: \.tableName) {
            guard let table = tables[name] else {
                for change in changes { settled.append((change, "IGNORED", "not tried again: \(name) is not mapped")) }
                continue
            }
            let rows = try currentRows(of: changes, table, in: session)
            var captured: [String: [Int64]] = [:]
            var marked: [Int64] = []
            for change in changes {
                let row = rows[change.id]
                let decision = ChangeRetry(
                    ChangeRetry.Failed(action: change.action, sfid: change.sfid, columns: (change.values ?? [:]).keys.sorted()),
                    row: row?.state)
                switch decision {
                case .again:
                    try putBack(change, in: session)
                    if let row { marked.append(row.id) }
                    retried += 1
                case .giveUp(let reason): settled.append((change, "IGNORED", "not tried again: \(reason)"))
                case .captureInsert, .captureUpdate:
                    guard let row else { continue }
                    captured[Self.key(decision), default: []].append(row.id)
                    marked.append(row.id)
                    settled.append((change, "REQUEUED", nil))
                    retried += 1
                }
            }
            for (key, ids) in captured.sorted(by: { $0.key < $1.key }) { try capture(ids, key, table, in: session) }
            try markPending(marked, table, in: session)
        }
        try settle(settled, in: session)
        return Self.resolution(taken, retried: retried)
    }

    private static func resolution(_ taken: [LoggedChange], retried: Int) -> Resolution {
        Resolution(
            changes: taken.count, last: taken.last?.id ?? 0, retried: retried, givenUp: taken.count - retried,
            tables: Dictionary(grouping: taken, by: \.tableName).mapValues(\.count))
    }

    private static let insertKey = "INSERT"

    private static func key(_ decision: ChangeRetry) -> String {
        if case .captureUpdate(let columns) = decision { return "UPDATE \(PostgresText.array(columns.map { $0 }))" }
        return insertKey
    }

    /// The rows that changes are about: by the record's id where there is one, since a row's own may have passed to another.
    private func currentRows(
        of changes: [LoggedChange], _ table: TableSchema, in session: PostgresSession
    ) throws -> [Int64: (id: Int64, state: ChangeRetry.Row)] {
        let rows = try session.query(
            """
            SELECT DISTINCT ON (c.id) c.id AS change, t.id, t.sfid, EXISTS (
                SELECT FROM \(fragment: log) w
                WHERE (w.state = 'NEW' OR w.state = 'PENDING') AND w.table_name = \(table.table) AND w.action = 'INSERT' AND w.record_id = t.id AND w.id > c.id
            ) AS has_waiting_insert
            FROM unnest(\(changes.map(\.id))::bigint[], \(nullable: changes.map { $0.recordID.map(String.init) })::bigint[], \(nullable: changes.map(\.sfid))::text[])
                 AS c(id, record_id, sfid)
            JOIN \(identifier: table.schema, table.table) t ON CASE WHEN c.sfid IS NULL THEN t.id = c.record_id ELSE t.sfid = c.sfid END
            ORDER BY c.id, t.id
            """, timeout: .seconds(30))
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                (
                    try row.decode("change", as: Int64.self),
                    (
                        id: try row.decode("id", as: Int64.self),
                        state: ChangeRetry.Row(
                            sfid: try row.decodeIfPresent("sfid"), hasWaitingInsert: try row.decode("has_waiting_insert"))
                    )
                )
            })
    }

    /// Captures what rows hold now, each once however many of its changes are tried again.
    private func capture(_ ids: [Int64], _ key: String, _ table: TableSchema, in session: PostgresSession) throws {
        let ids = Set(ids).sorted()
        let hstore = PostgresText.quoteIdentifier(try TargetMetadata.hstoreSchema(in: session))
        let schema = PostgresText.quoteIdentifier(schema)
        let call: PostgresQuery =
            key == Self.insertKey
            ? "\(raw: schema).hc_capture_insert_from_row(\(raw: hstore).hstore(t.*), \(table.table))"
            : "\(raw: schema).hc_capture_update_from_row(\(raw: hstore).hstore(t.*), \(table.table), \(String(key.dropFirst("UPDATE ".count)))::text[])"
        try session.run(
            """
            SELECT \(fragment: call) FROM (
                SELECT * FROM \(identifier: table.schema, table.table) WHERE id = ANY (\(ids)::bigint[]) ORDER BY id
            ) AS t
            """, timeout: .seconds(30))
    }

    /// Captures what rows hold now in some columns, as updates.
    ///
    /// - Throws: `PostgresError`.
    func capture(rows ids: [Int64], columns: [String], _ table: TableSchema, in session: PostgresSession) throws {
        try capture(ids, "UPDATE \(PostgresText.array(columns.map { $0 }))", table, in: session)
    }

    /// Captures what rows hold now for Salesforce to get all of it: as updates of those with a record, as inserts of those without.
    ///
    /// - Returns: how many rows were captured; none of which an insert waits already.
    /// - Throws: `PostgresError`.
    package func captureWhole(rows ids: [Int64], _ table: TableSchema, in session: PostgresSession) throws -> Int {
        let found = try session.query(
            """
            SELECT t.id, t.sfid IS NOT NULL AS has_record FROM \(identifier: table.schema, table.table) t
            WHERE t.id = ANY (\(ids)::bigint[]) AND NOT EXISTS (
                SELECT FROM \(fragment: log) w
                WHERE (w.state = 'NEW' OR w.state = 'PENDING') AND w.table_name = \(table.table) AND w.action = 'INSERT' AND w.record_id = t.id
            )
            ORDER BY t.id FOR UPDATE
            """, timeout: .seconds(30)
        ).map { (id: try $0.decode("id", as: Int64.self), hasRecord: try $0.decode("has_record", as: Bool.self)) }
        let columns = table.columns.filter { $0.isUpdateable && $0.name != "sfid" }.map(\.name)
        let updated = found.filter(\.hasRecord).map(\.id)
        let inserted = found.filter { !$0.hasRecord }.map(\.id)
        if !updated.isEmpty { try capture(rows: updated, columns: columns, table, in: session) }
        if !inserted.isEmpty { try capture(inserted, Self.insertKey, table, in: session) }
        try markPending(found.map(\.id), table, in: session)
        return found.count
    }

    private func markPending(_ ids: [Int64], _ table: TableSchema, in session: PostgresSession) throws {
        guard !ids.isEmpty else { return }
        try session.run(
            """
            UPDATE \(identifier: table.schema, table.table) SET _hc_lastop = 'PENDING', _hc_err = NULL
            WHERE id = ANY (\(ids)::bigint[]) AND _hc_lastop IS DISTINCT FROM 'PENDING'
            """, timeout: .seconds(30))
    }

    /// Has a change wait again: as it is in the log, as a copy of what the archive holds.
    private func putBack(_ change: LoggedChange, in session: PostgresSession) throws {
        guard change.isArchived else {
            try session.run(
                "UPDATE \(fragment: log) SET state = 'NEW', processed_at = NULL, processed_tx = NULL, updated_at = now() WHERE id = \(change.id)"
            )
            return
        }
        try session.run(
            """
            INSERT INTO \(fragment: log) (txid, created_at, state, action, table_name, record_id, sfid, old, "values")
            SELECT txid_current(), clock_timestamp(), 'NEW', action, table_name, record_id, sfid, old, "values" FROM \(fragment: archive) WHERE id = \(change.id)
            """)
        try settle([(change, "REQUEUED", nil)], in: session)
    }

    private func settle(_ changes: [(LoggedChange, state: String, message: String?)], in session: PostgresSession) throws {
        for (source, isArchived) in [(log, false), (archive, true)] {
            let mine = changes.filter { $0.0.isArchived == isArchived }
            guard !mine.isEmpty else { continue }
            try session.run(
                """
                UPDATE \(fragment: source) l SET state = s.state, updated_at = now(), sf_message = coalesce(s.message, l.sf_message)
                FROM unnest(\(mine.map(\.0.id))::bigint[], \(mine.map(\.state))::text[], \(nullable: mine.map { $0.message.map { String(foreign: $0) } })::text[])
                     AS s(id, state, message)
                WHERE l.id = s.id AND l.state = 'FAILED'
                """, timeout: .seconds(30))
        }
    }

    /// Gives up what failed of some rows, or also what waits; what is being sent stays.
    ///
    /// - Returns: how many changes that failed were given up.
    /// - Throws: `PostgresError`.
    @discardableResult
    package func giveUp(
        rows ids: [Int64], table: String, withWaiting: Bool, reason: String, in session: PostgresSession
    ) throws -> Int {
        let reason = String(foreign: reason)
        var failed = 0
        for source in [log, archive] {
            failed += try session.run(
                """
                UPDATE \(fragment: source) SET state = 'IGNORED', updated_at = now(), sf_message = \(reason)
                WHERE state = 'FAILED' AND table_name = \(table) AND record_id = ANY (\(ids)::bigint[])
                """, timeout: .seconds(30))
        }
        if withWaiting {
            try session.run(
                """
                UPDATE \(fragment: log)
                SET state = 'IGNORED', processed_at = now(), processed_tx = txid_current(), updated_at = now(), sf_message = \(reason)
                WHERE state = 'NEW' AND table_name = \(table) AND record_id = ANY (\(ids)::bigint[])
                """, timeout: .seconds(30))
        }
        return failed
    }
}
