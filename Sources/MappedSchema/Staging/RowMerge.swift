package import Foundation
package import Postgres

/// Merges staged rows into a mapped table, set-wise and repeatably. The caller's transaction must have `xmlbinary` = `hex`, so that
/// nothing merged is captured as a change.
///
/// - Rows match by `sfid`, then by the unique identifier where the table's row has no `sfid` yet.
/// - A row is touched only if something differs; a row with a newer stamp is left alone.
/// - What differs is found first, in one pass; all else is about those rows. They are locked before the log is read, so that a change which
///   somebody commits meanwhile is either seen or waits for the merge.
/// - A field keeps its value whose change still waits to be written to Salesforce, or was written after the rows were asked for; a row whose
///   deletion waits, or was written since, is not brought back, nor one that is gone from here and whose record was written since.
/// - A row that a constraint or trigger refuses is reported, and the others go on.
package struct RowMerge: Sendable {
    /// What a merge did.
    package struct Counts: Sendable, Equatable {
        package var inserted = 0
        package var updated = 0
        package var deleted = 0
        /// Rows that the database did not take.
        package var refused: [RowRefusal] = []

        package init(inserted: Int = 0, updated: Int = 0, deleted: Int = 0) {
            self.inserted = inserted
            self.updated = updated
            self.deleted = deleted
        }

        package var total: Int { inserted + updated + deleted }

        package static func + (left: Counts, right: Counts) -> Counts {
            var sum = Counts(
                inserted: left.inserted + right.inserted, updated: left.updated + right.updated, deleted: left.deleted + right.deleted)
            sum.refused = left.refused + right.refused
            return sum
        }
    }

    package let table: TableSchema
    package let stage: StageTable
    /// When Salesforce was asked for the rows, by the target's clock; nil when nothing can have been written since.
    package let readAt: Date?
    /// A large stage may take long.
    package let timeout: Duration
    /// The most sets of columns that get a statement of their own where rows are updated; rows with rarer sets share one.
    package var mostStatements = 20

    package init(table: TableSchema, stage: StageTable, readAt: Date? = nil, timeout: Duration = .seconds(600)) {
        self.table = table
        self.stage = stage
        self.readAt = readAt
        self.timeout = timeout
    }

    var target: PostgresQuery { "\(identifier: table.schema, table.table)" }
    var log: PostgresQuery { "\(identifier: table.schema, "_trigger_log")" }
    /// Those of values that may move from one record to another.
    var uniqueIndexes: [TableIndex] { table.indexes.filter { $0.isUnique && $0.column != "sfid" } }
    var valueColumns: [MappedColumn] { table.columns.filter { $0.name != "sfid" } }

    /// - Throws: `PostgresError`.
    package func run(in session: PostgresSession) throws -> Counts {
        let isTable = try isTable(in: session)
        let difference = StageTable(name: "\(identifier: "differing_rows")", columns: stage.columns)
        try difference.drop(in: session)
        let differing = try session.run(
            """
            CREATE TEMPORARY TABLE \(fragment: difference.name) ON COMMIT DROP AS
            SELECT s.* \(fragment: isTable ? ", \(fragment: comparison)" : "") FROM \(fragment: stage.name) s LEFT JOIN \(fragment: target) t ON t.sfid = s.sfid
            WHERE s.sfid IS NOT NULL AND (t.sfid IS NULL AND \(fragment: isLive) OR \(fragment: table.hasIsDeleted ? "t.sfid IS NOT NULL AND s.isdeleted OR" : "")
                t.sfid IS NOT NULL AND \(fragment: notOlder) AND \(fragment: differs))
            """, timeout: timeout)
        guard differing > 0 else { return Counts() }
        let merge = part(difference)
        if isTable, let written = try merge.overwrite(in: session) { return Counts(updated: written) }
        try session.run("ANALYZE \(fragment: difference.name) (sfid)", timeout: timeout)
        do {
            return try RowNarrowing.attempt(in: session) { try merge.apply(in: session) }
        } catch let error as PostgresError where error.refusesRow {
            return try merge.applyByParts(because: error, in: session)
        }
    }

    private func applyByParts(because error: PostgresError, in session: PostgresSession) throws -> Counts {
        let ids = try session.query("SELECT DISTINCT sfid FROM \(fragment: stage.name)", timeout: timeout).map {
            try $0.decode("sfid", as: String.self)
        }
        return try RowNarrowing.run(ids, because: error, in: session) { part in
            let rows = StageTable(name: "\(identifier: "part_of_rows")", columns: stage.columns)
            try rows.drop(in: session)
            try session.run(
                """
                CREATE TEMPORARY TABLE \(fragment: rows.name) ON COMMIT DROP AS
                SELECT * FROM \(fragment: stage.name) WHERE sfid = ANY (\(part)::text[])
                """, timeout: timeout)
            return try self.part(rows).apply(in: session)
        }
    }

    private func part(_ stage: StageTable) -> RowMerge {
        var merge = RowMerge(table: table, stage: stage, readAt: readAt, timeout: timeout)
        merge.mostStatements = mostStatements
        return merge
    }

    private func apply(in session: PostgresSession) throws -> Counts {
        var counts = Counts()
        let standing = try Standing(of: self, in: session)
        let hasCaptured = try table.isWritable && hasCapturedChanges(isRead: standing.isRead, in: session)
        if hasCaptured { try makeCaptureReaders(in: session) }
        if standing.hasDeleted { counts.deleted = try delete(in: session) }
        if standing.bringsUniqueValues { counts.refused = try releaseUniqueValues(aroundCaptured: hasCaptured, in: session) }
        if standing.mayAdd { try adoptByUniqueIdentifier(aroundCaptured: hasCaptured, in: session) }
        counts.updated = try update(aroundCaptured: hasCaptured, in: session)
        if hasCaptured { counts.refused += try heldBack(in: session) }
        if standing.mayAdd { counts.inserted = try insert(aroundCaptured: hasCaptured, in: session) }
        if hasCaptured { try restorePending(in: session) }
        if hasCaptured, readAt != nil, counts.updated > 0 { try restoreUnread(in: session) }
        return counts
    }

    private func delete(in session: PostgresSession) throws -> Int {
        try DeletedRows(table: table).delete(
            using: stage,
            where: """
                t.sfid = s.sfid AND s.isdeleted AND \(fragment: notOlder) \(fragment: table.isNotOwnRecord(row: "t", since: readAt))
                """, timeout: timeout, in: session)
    }

    /// A unique value that moved from one record to another would collide while only one of the two has been merged. The value is taken
    /// from its old holder, whose own change or deletion is on its way. A record that gives the value up by a change from here does not bring it.
    ///
    /// - Returns: rows to which a change gave the value that Salesforce refused: no change of theirs is on its way, so that they are to be read again.
    private func releaseUniqueValues(aroundCaptured: Bool, in session: PostgresSession) throws -> [RowRefusal] {
        var refused: [RowRefusal] = []
        for index in uniqueIndexes {
            let isTaken: PostgresQuery = """
                t.\(identifier: index.column) = s.\(identifier: index.column) AND t.sfid IS DISTINCT FROM s.sfid AND t.sfid IS NOT NULL
                AND \(fragment: isLive) \(fragment: aroundCaptured ? keepsValue(of: index.column) : "")
                \(fragment: aroundCaptured ? isNotOfOwnInsert(bringing: index.column) : "")
                """
            let failed = try session.query(
                """
                SELECT DISTINCT t.sfid, t.\(identifier: index.column)::text AS value FROM \(fragment: target) t, \(fragment: stage.name) s
                WHERE \(fragment: isTaken) AND NOT EXISTS (SELECT FROM \(fragment: stage.name) o WHERE o.sfid = t.sfid)
                  AND (t._hc_lastop = 'FAILED'\(fragment: table.isWritable ? hasFailed(bringing: index.column) : ""))
                """, timeout: timeout)
            refused += try failed.map { row in
                RowRefusal(
                    sfid: try row.decode("sfid"), sqlState: PostgresError.uniqueViolation, constraint: nil,
                    reason:
                        "the value \"\(try row.decode("value", as: String.self))\" of \(index.column), which Salesforce refused for the row, belongs to another record; the row is read again"
                )
            }
            try release(index.column, where: isTaken, in: session)
        }
        return refused
    }

    /// Takes a value from rows that were not read by that: what waits of them, or was written and not read yet, is still told by their status, which
    /// the status trigger would have say otherwise. One that failed fails no longer: its value is gone.
    private func release(_ column: String, where isTaken: PostgresQuery, in session: PostgresSession) throws {
        try session.run("DROP TABLE IF EXISTS pg_temp.released_rows")
        let released = try session.run(
            """
            CREATE TEMPORARY TABLE released_rows ON COMMIT DROP AS
            WITH locked AS (
                SELECT t.id, t._hc_lastop FROM \(fragment: target) t, \(fragment: stage.name) s WHERE \(fragment: isTaken)
                ORDER BY t.id FOR UPDATE OF t
            )
            SELECT id, _hc_lastop FROM locked
            """, timeout: timeout)
        guard released > 0 else { return }
        try session.run(
            "UPDATE \(fragment: target) t SET \(identifier: column) = NULL FROM pg_temp.released_rows r WHERE t.id = r.id", timeout: timeout
        )
        try session.run(
            """
            UPDATE \(fragment: target) t SET _hc_lastop = r._hc_lastop FROM pg_temp.released_rows r
            WHERE t.id = r.id AND r._hc_lastop IN ('PENDING', 'INSERTED', 'UPDATED')
            """, timeout: timeout)
    }

    /// Whether a change that gave the row a value was refused, though another change of the row waits, so that it does not say so.
    private func hasFailed(bringing column: String) -> PostgresQuery {
        """
         OR EXISTS (
            SELECT FROM \(fragment: log) l
            WHERE l.state = 'FAILED' AND l.table_name = \(table.table) AND l.record_id = t.id
              AND strpos(l."values", \("\"\(column)\"=>")) > 0)
        """
    }

    private func adoptByUniqueIdentifier(aroundCaptured: Bool, in session: PostgresSession) throws {
        guard let upsertColumn = table.upsertColumn else { return }
        try session.run(
            """
            UPDATE \(fragment: target) t SET sfid = s.sfid
            FROM \(fragment: stage.name) s
            WHERE t.sfid IS NULL AND t.\(identifier: upsertColumn) = s.\(identifier: upsertColumn) AND \(fragment: isLive)
              AND NOT EXISTS (SELECT FROM \(fragment: target) o WHERE o.sfid = s.sfid)
              \(fragment: aroundCaptured ? keepsValue(of: upsertColumn) : "") \(fragment: aroundCaptured ? isNotOfInsert(of: "l.record_id <> t.id") : "") \(fragment: aroundCaptured ? isNotInsertedOtherwise : "")
            """, timeout: timeout)
    }

    private func insert(aroundCaptured: Bool, in session: PostgresSession) throws -> Int {
        let names = table.columns.map(\.name)
        let staged = names.map { "s." + PostgresText.quoteIdentifier($0) }.joined(separator: ", ")
        let latest: PostgresQuery =
            table.stampColumn.map { "ORDER BY s.sfid, s.\(identifier: $0.name) DESC NULLS LAST" } ?? "ORDER BY s.sfid"
        let remembered = try DeletedRows(table: table).remembered(of: stage, in: session)
        return try session.run(
            """
            INSERT INTO \(fragment: target) (\(identifiers: names + (remembered == nil ? [] : ["id"])))
            SELECT DISTINCT ON (s.sfid) \(raw: staged) \(fragment: remembered.map { ", coalesce(d.id, \(fragment: $0.fresh))" } ?? "")
            FROM \(fragment: stage.name) s \(fragment: remembered?.join ?? "")
            WHERE s.sfid IS NOT NULL AND \(fragment: isLive) AND NOT EXISTS (SELECT FROM \(fragment: target) t WHERE t.sfid = s.sfid)
            \(fragment: table.isWritable ? isNotAheadHere : "") \(fragment: aroundCaptured ? isNotOfInsert(of: isOfRow) : "")
            \(fragment: latest)
            ON CONFLICT (sfid) DO NOTHING
            """, timeout: timeout)
    }

    var isLive: PostgresQuery { table.hasIsDeleted ? "s.isdeleted IS NOT TRUE" : "true" }

    var notOlder: PostgresQuery {
        guard let stamp = table.stampColumn else { return "true" }
        return
            "(t.\(identifier: stamp.name) IS NULL OR s.\(identifier: stamp.name) IS NULL OR s.\(identifier: stamp.name) >= t.\(identifier: stamp.name))"
    }

    /// A row that was just written counts as different: reading it back is what makes it SYNCED, even when its stamp shows the same second.
    var isUnread: PostgresQuery { "t._hc_lastop IN ('INSERTED', 'UPDATED')" }

    var differs: PostgresQuery {
        let mine = valueColumns.map { "t." + PostgresText.quoteIdentifier($0.name) }.joined(separator: ", ")
        let staged = valueColumns.map { "s." + PostgresText.quoteIdentifier($0.name) }.joined(separator: ", ")
        return "((\(raw: mine)) IS DISTINCT FROM (\(raw: staged)) OR \(fragment: isUnread))"
    }
}
