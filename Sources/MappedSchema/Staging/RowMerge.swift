package import Foundation
package import Postgres

/// Merges staged rows into a mapped table, set-wise and repeatably. The caller's transaction must have `xmlbinary` = `hex`, so that
/// nothing merged is captured as a change.
///
/// - Rows match by `sfid`, then by the unique identifier where the table's row has no `sfid` yet.
/// - A row is touched only if something differs; a row with a newer stamp is left alone.
/// - A field whose change still waits to be written to Salesforce keeps its value; a row whose deletion waits is not brought back.
package struct RowMerge: Sendable {
    /// What a merge did.
    package struct Counts: Sendable, Equatable {
        package var inserted = 0
        package var updated = 0
        package var deleted = 0

        package init(inserted: Int = 0, updated: Int = 0, deleted: Int = 0) {
            self.inserted = inserted
            self.updated = updated
            self.deleted = deleted
        }

        package var total: Int { inserted + updated + deleted }

        package static func + (left: Counts, right: Counts) -> Counts {
            Counts(inserted: left.inserted + right.inserted, updated: left.updated + right.updated, deleted: left.deleted + right.deleted)
        }
    }

    package let table: TableSchema
    package let stage: StageTable
    /// A large stage may take long.
    package let timeout: Duration

    package init(table: TableSchema, stage: StageTable, timeout: Duration = .seconds(600)) {
        self.table = table
        self.stage = stage
        self.timeout = timeout
    }

    private var target: PostgresQuery { "\(identifier: table.schema, table.table)" }
    private var log: PostgresQuery { "\(identifier: table.schema, "_trigger_log")" }
    private var valueColumns: [MappedColumn] { table.columns.filter { $0.name != "sfid" } }

    /// - Throws: `PostgresError`.
    package func run(in session: PostgresSession) throws -> Counts {
        var counts = Counts()
        let hasWaiting = try table.isWritable && hasWaitingChanges(in: session)
        if hasWaiting { try makeChangedColumns(in: session) }
        if table.hasIsDeleted { counts.deleted = try delete(in: session) }
        try releaseUniqueValues(aroundWaiting: hasWaiting, in: session)
        try adoptByUniqueIdentifier(aroundWaiting: hasWaiting, in: session)
        counts.updated = try update(keepingWaiting: hasWaiting, in: session)
        counts.inserted = try insert(in: session)
        if hasWaiting { try restorePending(in: session) }
        return counts
    }

    /// After a first load, gives rows that people made meanwhile the ids of the loaded records that carry the same unique identifier, in
    /// place of the loaded rows; their own insert is then an update of that record.
    ///
    /// - Throws: `PostgresError`.
    package func adoptTwins(in session: PostgresSession) throws {
        guard let upsertColumn = table.upsertColumn else { return }
        try session.run(
            """
            WITH twins AS (
                DELETE FROM \(fragment: target) loaded USING \(fragment: target) made
                WHERE loaded.sfid IS NOT NULL AND made.sfid IS NULL AND made.\(identifier: upsertColumn) = loaded.\(identifier: upsertColumn)
                RETURNING loaded.sfid, made.id
            )
            UPDATE \(fragment: target) t SET sfid = twins.sfid, _hc_lastop = 'PENDING', _hc_err = t._hc_err
            FROM twins WHERE t.id = twins.id
            """, timeout: timeout)
    }

    /// Deletes rows that the org no longer has: those with an `sfid` that no staged row carries.
    ///
    /// - Parameter before: rows stamped later than this, or not yet stamped at all, are newer than the load, and stay.
    /// - Throws: `PostgresError`.
    package func deleteMissing(stampedBefore before: Date, in session: PostgresSession) throws -> Int {
        // Stamps are kept in UTC without a zone.
        let newer: PostgresQuery =
            table.stampColumn.map { "AND t.\(identifier: $0.name) < \(before)::timestamptz AT TIME ZONE 'UTC'" } ?? ""
        return try session.run(
            """
            DELETE FROM \(fragment: target) t
            WHERE t.sfid IS NOT NULL \(fragment: newer) AND NOT EXISTS (SELECT FROM \(fragment: stage.name) s WHERE s.sfid = t.sfid)
              \(fragment: table.isNotAwaitingInsert(row: "t"))
            """, timeout: timeout)
    }

    private func hasWaitingChanges(in session: PostgresSession) throws -> Bool {
        try session.query(
            "SELECT FROM \(fragment: log) WHERE (state = 'NEW' OR state = 'PENDING') AND table_name = \(table.table) LIMIT 1",
            timeout: timeout
        ).count > 0
    }

    private func delete(in session: PostgresSession) throws -> Int {
        try session.run(
            """
            DELETE FROM \(fragment: target) t USING \(fragment: stage.name) s
            WHERE t.sfid = s.sfid AND s.isdeleted AND \(fragment: notOlder) \(fragment: table.isNotAwaitingInsert(row: "t"))
            """, timeout: timeout)
    }

    /// A unique value that moved from one record to another would collide while only one of the two has been merged. The value is taken
    /// from its old holder, whose own change or deletion is on its way. A record that gives the value up by a change from here does not bring it.
    private func releaseUniqueValues(aroundWaiting: Bool, in session: PostgresSession) throws {
        for index in table.indexes where index.isUnique && index.column != "sfid" {
            try session.run(
                """
                UPDATE \(fragment: target) t SET \(identifier: index.column) = NULL
                FROM \(fragment: stage.name) s
                WHERE t.\(identifier: index.column) = s.\(identifier: index.column) AND t.sfid IS DISTINCT FROM s.sfid AND t.sfid IS NOT NULL
                  AND \(fragment: isLive) \(fragment: aroundWaiting ? keepsValue(of: index.column) : "")
                """, timeout: timeout)
        }
    }

    /// A condition, begun with AND, that leaves out staged records which a waiting change deletes, or takes the column's value from.
    private func keepsValue(of column: String) -> PostgresQuery {
        """
        AND NOT EXISTS (
            SELECT FROM \(fragment: log) l
            WHERE (l.state = 'NEW' OR l.state = 'PENDING') AND l.table_name = \(table.table) AND l.sfid = s.sfid
              AND (l.action = 'DELETE' OR l.action = 'UPDATE' AND pg_temp.sluice_changed_columns(l."values") @> ARRAY[\(literal: column)])
        )
        """
    }

    private func adoptByUniqueIdentifier(aroundWaiting: Bool, in session: PostgresSession) throws {
        guard let upsertColumn = table.upsertColumn else { return }
        try session.run(
            """
            UPDATE \(fragment: target) t SET sfid = s.sfid
            FROM \(fragment: stage.name) s
            WHERE t.sfid IS NULL AND t.\(identifier: upsertColumn) = s.\(identifier: upsertColumn) AND \(fragment: isLive)
              AND NOT EXISTS (SELECT FROM \(fragment: target) o WHERE o.sfid = s.sfid)
              \(fragment: aroundWaiting ? keepsValue(of: upsertColumn) : "")
            """, timeout: timeout)
    }

    private func update(keepingWaiting: Bool, in session: PostgresSession) throws -> Int {
        guard !valueColumns.isEmpty else { return 0 }
        if keepingWaiting { return try updateAroundWaiting(in: session) }
        let assignments = valueColumns.map { column -> String in
            let name = PostgresText.quoteIdentifier(column.name)
            return "\(name) = s.\(name)"
        }
        return try session.run(
            """
            UPDATE \(fragment: target) t SET \(raw: assignments.joined(separator: ", "))
            FROM \(fragment: stage.name) s
            WHERE t.sfid = s.sfid AND \(fragment: isLive) AND \(fragment: notOlder) AND \(fragment: differs)
            """, timeout: timeout)
    }

    private func updateAroundWaiting(in session: PostgresSession) throws -> Int {
        let assignments = valueColumns.map { column -> String in
            let name = PostgresText.quoteIdentifier(column.name)
            return "\(name) = CASE WHEN w.changed @> ARRAY[\(PostgresText.quoteLiteral(column.name))] THEN t.\(name) ELSE s.\(name) END"
        }
        // A row's id may have passed to another row since a change was captured: the record's id says whose change it is.
        return try session.run(
            """
            WITH captured AS (
                SELECT sfid, record_id, "values" FROM \(fragment: log)
                WHERE (state = 'NEW' OR state = 'PENDING') AND table_name = \(table.table) AND action <> 'DELETE'
            ), waiting AS (
                SELECT row_id, array_agg(key) AS changed
                FROM (
                    SELECT mine.id AS row_id, c."values" FROM captured c JOIN \(fragment: target) mine ON mine.sfid = c.sfid
                    UNION ALL
                    SELECT mine.id, c."values" FROM captured c JOIN \(fragment: target) mine ON mine.id = c.record_id WHERE c.sfid IS NULL
                ) AS own
                CROSS JOIN LATERAL unnest(pg_temp.sluice_changed_columns(own."values")) AS key
                GROUP BY row_id
            )
            UPDATE \(fragment: target) t SET \(raw: assignments.joined(separator: ", "))
            FROM \(fragment: stage.name) s
            JOIN \(fragment: target) mine ON mine.sfid = s.sfid
            LEFT JOIN waiting w ON w.row_id = mine.id
            WHERE t.id = mine.id AND \(fragment: isLive) AND \(fragment: notOlder) AND \(fragment: differs)
            """, timeout: timeout)
    }

    /// The columns that a captured change names; none of a text that is no hstore, which the writer reports and no read fails for.
    private func makeChangedColumns(in session: PostgresSession) throws {
        let hstore = PostgresText.quoteIdentifier(try TargetMetadata.hstoreSchema(in: session))
        try session.script(
            """
            CREATE OR REPLACE FUNCTION pg_temp.sluice_changed_columns(captured text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
            BEGIN
                RETURN \(hstore).akeys(captured::\(hstore).hstore);
            EXCEPTION WHEN data_exception OR syntax_error OR internal_error THEN
                RETURN NULL;
            END;
            $$
            """)
    }

    private func insert(in session: PostgresSession) throws -> Int {
        let names = table.columns.map(\.name)
        let staged = names.map { "s." + PostgresText.quoteIdentifier($0) }.joined(separator: ", ")
        let latest: PostgresQuery =
            table.stampColumn.map { "ORDER BY s.sfid, s.\(identifier: $0.name) DESC NULLS LAST" } ?? "ORDER BY s.sfid"
        let notBeingDeleted: PostgresQuery =
            table.isWritable
            ? """
            AND NOT EXISTS (
                SELECT FROM \(fragment: log) l
                WHERE (l.state = 'NEW' OR l.state = 'PENDING') AND l.table_name = \(table.table) AND l.action = 'DELETE' AND l.sfid = s.sfid
            )
            """ : ""
        return try session.run(
            """
            INSERT INTO \(fragment: target) (\(identifiers: names))
            SELECT DISTINCT ON (s.sfid) \(raw: staged)
            FROM \(fragment: stage.name) s
            WHERE s.sfid IS NOT NULL AND \(fragment: isLive) AND NOT EXISTS (SELECT FROM \(fragment: target) t WHERE t.sfid = s.sfid)
            \(fragment: notBeingDeleted)
            \(fragment: latest)
            ON CONFLICT (sfid) DO NOTHING
            """, timeout: timeout)
    }

    /// The status trigger marked merged rows SYNCED; those with changes of their own still wait.
    private func restorePending(in session: PostgresSession) throws {
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

    private var isLive: PostgresQuery { table.hasIsDeleted ? "s.isdeleted IS NOT TRUE" : "true" }

    private var notOlder: PostgresQuery {
        guard let stamp = table.stampColumn else { return "true" }
        return
            "(t.\(identifier: stamp.name) IS NULL OR s.\(identifier: stamp.name) IS NULL OR s.\(identifier: stamp.name) >= t.\(identifier: stamp.name))"
    }

    /// A row that was just written counts as different: reading it back is what makes it SYNCED, even when its stamp shows the same second.
    private var differs: PostgresQuery {
        let mine = valueColumns.map { "t." + PostgresText.quoteIdentifier($0.name) }.joined(separator: ", ")
        let staged = valueColumns.map { "s." + PostgresText.quoteIdentifier($0.name) }.joined(separator: ", ")
        return "((\(raw: mine)) IS DISTINCT FROM (\(raw: staged)) OR t._hc_lastop IN ('INSERTED', 'UPDATED'))"
    }
}

extension TableSchema {
    /// A condition, begun with AND, that leaves out rows which people inserted with a Salesforce id of their own, as long as the insert waits
    /// or has failed: the org does not have them because nobody has told it.
    ///
    /// - Parameter row: the table's alias.
    package func isNotAwaitingInsert(row: String) -> PostgresQuery {
        guard isWritable else { return "" }
        return """
            AND NOT EXISTS (
                SELECT FROM \(identifier: schema, "_trigger_log") own
                WHERE own.state IN ('NEW', 'PENDING', 'FAILED') AND own.table_name = \(table) AND own.action = 'INSERT'
                  AND own.record_id = \(raw: row).id AND strpos(own."values", '"sfid"=>"' || \(raw: row).sfid || '"') > 0
            )
            """
    }
}
