package import Foundation
package import Postgres

// What the trigger log says of rows that were read: their columns that are ours for now.
extension RowMerge {
    /// Changes of the log that the rows which were read cannot show yet: those that wait, and those that reached Salesforce after it was asked. Logs
    /// are searched by time of capture: a change that waited for longer than a day is no longer told from older ones.
    private func isAhead(_ change: String) -> PostgresQuery {
        let waits: PostgresQuery = "(\(raw: change).state = 'NEW' OR \(raw: change).state = 'PENDING')"
        guard let readAt else { return waits }
        return """
            (\(fragment: waits) OR \(raw: change).state IN ('SUCCESS', 'MERGED') AND \(raw: change).processed_at > \(readAt)::timestamptz
             AND \(raw: change).created_at > \(readAt)::timestamptz - interval '1 day')
            """
    }

    func hasWaitingChanges(in session: PostgresSession) throws -> Bool {
        try !session.query(
            "SELECT FROM \(fragment: log) WHERE (state = 'NEW' OR state = 'PENDING') AND table_name = \(table.table) LIMIT 1",
            timeout: timeout
        ).isEmpty
    }

    /// Whether the log has changes that these rows cannot show yet.
    ///
    /// - Parameter isRead: whether all of them are here, as they were read: none was written since they were asked for then.
    func hasCapturedChanges(isRead: Bool, in session: PostgresSession) throws -> Bool {
        if try hasWaitingChanges(in: session) { return true }
        guard readAt != nil, !isRead else { return false }
        return try !session.query(
            "SELECT FROM \(fragment: log) l WHERE l.table_name = \(table.table) AND \(fragment: isAhead("l")) LIMIT 1", timeout: timeout
        ).isEmpty
    }

    /// A condition, begun with AND, that leaves out staged records which a change of the log deletes, and those that were written since they were
    /// asked for, or may be while a change of theirs is on its way: a row that is gone from here would come back with what its record had before.
    var isNotAheadHere: PostgresQuery {
        "AND NOT EXISTS (\(fragment: changesAhead) AND (l.action = 'DELETE' OR \(fragment: isWritten)))"
    }

    /// Changes of staged records that these cannot show yet.
    private var changesAhead: PostgresQuery {
        "SELECT FROM \(fragment: log) l WHERE \(fragment: isAhead("l")) AND l.table_name = \(table.table) AND l.sfid = s.sfid"
    }

    private var isWritten: PostgresQuery { readAt == nil ? "false" : "l.action = 'UPDATE' AND l.state IN ('PENDING', 'SUCCESS', 'MERGED')" }

    /// The staged records that get no row now, though they live: they are to be read again.
    func heldBack(in session: PostgresSession) throws -> [RowRefusal] {
        let ofInsert: PostgresQuery = table.upsertColumn == nil ? "false" : "NOT (true \(fragment: isNotOfInsert(of: isOfRow)))"
        return try session.query(
            """
            SELECT DISTINCT s.sfid FROM \(fragment: stage.name) s
            WHERE s.sfid IS NOT NULL AND \(fragment: isLive) AND NOT EXISTS (SELECT FROM \(fragment: target) t WHERE t.sfid = s.sfid)
              AND NOT EXISTS (\(fragment: changesAhead) AND l.action = 'DELETE')
              AND (EXISTS (\(fragment: changesAhead) AND \(fragment: isWritten)) OR \(fragment: ofInsert))
            ORDER BY 1 LIMIT \(RowNarrowing.mostRefused)
            """, timeout: timeout
        ).map { row in
            RowRefusal(
                sfid: try row.decode("sfid"), sqlState: PostgresError.uniqueViolation, constraint: nil,
                reason: "a change of it was under way while it was read: it is read again")
        }
    }

    /// Of an insert: that the row which it made is there and has no record yet, or the one that it was restored with.
    var isOfRow: PostgresQuery {
        """
        EXISTS (
            SELECT FROM \(fragment: target) made
            WHERE made.id = l.record_id AND (made.sfid IS NULL OR made.sfid = \(fragment: captured("sfid")))
        )
        """
    }

    /// A condition, begun with AND, that leaves out rows whose own insert brings the column's value: whose it is shows when that is answered.
    func isNotOfOwnInsert(bringing column: String) -> PostgresQuery {
        column == table.upsertColumn ? isNotOfInsert(of: "l.record_id = t.id") : ""
    }

    /// A condition, begun with AND, that leaves out staged records which a change deletes, or takes the column's value from.
    func keepsValue(of column: String) -> PostgresQuery {
        """
        AND NOT EXISTS (
            SELECT FROM \(fragment: log) l
            WHERE \(fragment: isAhead("l")) AND l.table_name = \(table.table) AND l.sfid = s.sfid
              AND (l.action = 'DELETE' OR l.action = 'UPDATE' AND pg_temp.sluice_changed_columns(l."values") @> ARRAY[\(literal: column)])
        )
        """
    }

    /// A condition, begun with AND, that leaves out staged records whose unique identifier an insert brings that waits for its answer: the record is
    /// that row's, who may have given the value up by now, or will be.
    ///
    /// - Parameter rows: which inserts count.
    func isNotOfInsert(of rows: PostgresQuery) -> PostgresQuery {
        guard let column = table.upsertColumn else { return "" }
        return
            "AND NOT EXISTS (\(fragment: waitingInserts) AND \(fragment: rows) AND \(fragment: captured(column)) = s.\(identifier: column)::text)"
    }

    /// A condition, begun with AND, that leaves out rows whose own insert waits with another unique identifier than they have by now: it gets another
    /// record than the one that has the value.
    var isNotInsertedOtherwise: PostgresQuery {
        guard let column = table.upsertColumn else { return "" }
        return """
            AND NOT EXISTS (
                \(fragment: waitingInserts) AND l.record_id = t.id AND \(fragment: captured(column)) IS DISTINCT FROM s.\(identifier: column)::text
            )
            """
    }

    private var waitingInserts: PostgresQuery {
        """
        SELECT FROM \(fragment: log) l
        WHERE (l.state = 'NEW' OR l.state = 'PENDING') AND l.table_name = \(table.table) AND l.action = 'INSERT'
        """
    }

    private func captured(_ column: String) -> PostgresQuery { "pg_temp.sluice_captured_value(l.\"values\", \(literal: column))" }

    /// A common table of the columns that are ours for now, by row. A row's id may have passed to another row since a change was captured: the
    /// record's id says whose change it is.
    var ahead: PostgresQuery {
        """
        captured AS (
            SELECT l.sfid, l.record_id, l."values" FROM \(fragment: log) l
            WHERE \(fragment: isAhead("l")) AND l.table_name = \(table.table) AND l.action <> 'DELETE'
        ), ahead AS (
            SELECT row_id, array_agg(key) AS changed
            FROM (
                SELECT mine.id AS row_id, c."values" FROM captured c JOIN \(fragment: target) mine ON mine.sfid = c.sfid
                UNION ALL
                SELECT mine.id, c."values" FROM captured c JOIN \(fragment: target) mine ON mine.id = c.record_id WHERE c.sfid IS NULL
            ) AS own
            CROSS JOIN LATERAL unnest(pg_temp.sluice_changed_columns(own."values")) AS key
            GROUP BY row_id
        )
        """
    }

    /// The columns that a captured change names, and the value of one; none of a text that is no hstore, which the writer reports and no read fails
    /// for.
    func makeCaptureReaders(in session: PostgresSession) throws {
        let hstore = PostgresText.quoteIdentifier(try TargetMetadata.hstoreSchema(in: session))
        let readers = [
            "sluice_changed_columns(captured text) RETURNS text[]": "\(hstore).akeys(captured::\(hstore).hstore)",
            "sluice_captured_value(captured text, name text) RETURNS text": "\(hstore).fetchval(captured::\(hstore).hstore, name)",
        ]
        for (reader, value) in readers {
            try session.script(
                """
                CREATE OR REPLACE FUNCTION pg_temp.\(reader) LANGUAGE plpgsql IMMUTABLE AS $$
                BEGIN
                    RETURN \(value);
                EXCEPTION WHEN data_exception OR syntax_error OR internal_error THEN
                    RETURN NULL;
                END;
                $$
                """)
        }
    }

    /// The status trigger marked merged rows SYNCED; those with changes of their own still wait.
    func restorePending(in session: PostgresSession) throws {
        // One equation each: the planner hashes by it, and compares each row with each change otherwise.
        for isSame in ["l.sfid = t.sfid", "l.sfid IS NULL AND l.record_id = t.id"] as [PostgresQuery] {
            try session.run(
                """
                UPDATE \(fragment: target) t SET _hc_lastop = 'PENDING'
                FROM \(fragment: stage.name) s
                WHERE t.sfid = s.sfid AND t._hc_lastop = 'SYNCED' AND EXISTS (
                    SELECT FROM \(fragment: log) l
                    WHERE (l.state = 'NEW' OR l.state = 'PENDING') AND l.table_name = \(table.table) AND \(fragment: isSame)
                )
                """, timeout: timeout)
        }
    }

    /// Nor are rows read of which a change reached Salesforce since it was asked: what others read before that is still held against the log.
    func restoreUnread(in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: target) t SET _hc_lastop = CASE WHEN written.is_update THEN 'UPDATED' ELSE 'INSERTED' END
            FROM (
                SELECT l.sfid, bool_or(l.action = 'UPDATE') AS is_update FROM \(fragment: log) l
                WHERE \(fragment: isAhead("l")) AND l.state IN ('SUCCESS', 'MERGED') AND l.table_name = \(table.table) AND l.action <> 'DELETE'
                GROUP BY l.sfid
            ) AS written
            WHERE t.sfid = written.sfid AND t._hc_lastop = 'SYNCED' AND t.id IN (SELECT id FROM pg_temp.changed_rows)
            """, timeout: timeout)
    }
}

extension TableSchema {
    /// A condition, begun with AND, that leaves out rows whose record the org shows only later than it was asked: those that people inserted with a
    /// Salesforce id of their own, as long as the insert waits, or has failed and the record was not read since: it may have lived again meanwhile, and
    /// the row have passed to it. And those of which a change reached Salesforce since.
    ///
    /// - Parameters:
    ///   - row: the table's alias.
    ///   - since: when Salesforce was asked, by the target's clock; nil when nothing can have been written since.
    package func isNotOwnRecord(row: String, since: Date?) -> PostgresQuery {
        guard isWritable else { return "" }
        // The stamp is what the insert brought for as long as nobody reads another.
        let wasNotRead: PostgresQuery =
            stampColumn.map { stamp in
                let (key, name) = ("\"\(stamp.name)\"=>", PostgresText.quoteIdentifier(stamp.name))
                return "AND strpos(own.\"values\", \(literal: key) || coalesce('\"' || \(raw: row).\(raw: name)::text || '\"', 'NULL')) > 0"
            } ?? ""
        let waits: PostgresQuery = """
            AND NOT EXISTS (
                SELECT FROM \(identifier: schema, "_trigger_log") own
                WHERE (own.state IN ('NEW', 'PENDING') OR own.state = 'FAILED' \(fragment: wasNotRead)) AND own.table_name = \(table)
                  AND own.action = 'INSERT' AND own.record_id = \(raw: row).id
                  AND strpos(own."values", '"sfid"=>"' || \(raw: row).sfid || '"') > 0
            )
            """
        guard let since else { return waits }
        return """
            \(fragment: waits)
            AND NOT EXISTS (
                SELECT FROM \(identifier: schema, "_trigger_log") own
                WHERE own.state = 'SUCCESS' AND own.table_name = \(table) AND own.action <> 'DELETE' AND own.sfid = \(raw: row).sfid
                  AND own.processed_at > \(since)::timestamptz AND own.created_at > \(since)::timestamptz - interval '1 day'
            )
            """
    }
}
