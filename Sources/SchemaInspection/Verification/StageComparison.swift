package import Foundation
package import MappedSchema
package import Postgres

/// Compares records, which lie in a stage in any order, with their rows. Both may change meanwhile, so it leaves out what is no difference: rows that are
/// newer than their record, rows with a change that waits, failed or was written since the records were asked for, records that were deleted since, and
/// those that the next poll brings.
package struct StageComparison: Sendable {
    /// What was found.
    package struct Findings: Sendable, Equatable {
        /// Records without a row.
        package var missing = 0
        /// Rows that hold something else.
        package var different = 0
        /// Rows that differ since a change of them waits, failed or was just written.
        package var unsettled = 0
        /// Rows that differ since the record changed after the last poll.
        package var behind = 0

        /// Rows that are not as they should be.
        package var wanting: Int { missing + different }

        package init() {}
    }

    private let table: TableSchema
    private let stage: StageTable
    private let settled: SettledUntil
    private let readAt: Date

    private var target: PostgresQuery { "\(identifier: table.schema, table.table)" }
    private var log: PostgresQuery { TriggerLog(schema: table.schema).log }
    private var found: PostgresQuery { "\(identifier: "verified_rows")" }

    private static let timeout = Duration.seconds(1800)

    /// - Parameter readAt: when Salesforce was asked, by the target's clock.
    package init(table: TableSchema, stage: StageTable, settled: SettledUntil, readAt: Date) {
        self.table = table
        self.stage = stage
        self.settled = settled
        self.readAt = readAt
    }

    /// Compares, and keeps what differs until the transaction's end.
    ///
    /// - Throws: `PostgresError`.
    package func run(in session: PostgresSession) throws -> Findings {
        try collect(in: session)
        try leaveOutDeleted(in: session)
        try markUnsettled(in: session)
        let row = try session.query(
            """
            SELECT count(*) FILTER (WHERE kind = 'missing') AS missing, count(*) FILTER (WHERE kind = 'different') AS different,
                   count(*) FILTER (WHERE kind = 'unsettled') AS unsettled, count(*) FILTER (WHERE kind = 'behind') AS behind
            FROM \(fragment: found)
            """, timeout: Self.timeout)[0]
        var findings = Findings()
        findings.missing = try row.decode("missing")
        findings.different = try row.decode("different")
        findings.unsettled = try row.decode("unsettled")
        findings.behind = try row.decode("behind")
        return findings
    }

    /// Some of the records that the last run found without a row, or with another.
    ///
    /// - Throws: `PostgresError`.
    package func wantingIDs(limit: Int, in session: PostgresSession) throws -> [String] {
        try session.query(
            "SELECT sfid FROM \(fragment: found) WHERE kind IN ('missing', 'different') ORDER BY sfid LIMIT \(limit)", timeout: Self.timeout
        ).map { try $0.decode("sfid") }
    }

    /// The records that the last run found wanting, as a stage of their own that goes with the transaction.
    ///
    /// - Parameter gone: the first 15 characters of the ids of records that were deleted since.
    /// - Throws: `PostgresError`.
    package func wantingRecords(besides gone: [String], in session: PostgresSession) throws -> StageTable {
        let wanting = StageTable(name: "\(identifier: "wanting_records")", columns: stage.columns)
        try wanting.drop(in: session)
        try session.run(
            """
            CREATE TEMPORARY TABLE \(fragment: wanting.name) ON COMMIT DROP AS
            SELECT s.* FROM \(fragment: stage.name) s JOIN \(fragment: found) f ON f.sfid = s.sfid
            WHERE f.kind IN ('missing', 'different') AND left(s.sfid, 15) <> ALL (\(gone)::text[])
            """, timeout: Self.timeout)
        try session.run("ANALYZE \(fragment: wanting.name) (sfid)", timeout: Self.timeout)
        return wanting
    }

    /// Rows whose record is none of the staged ones, though it was there when Salesforce was asked, if it still is.
    ///
    /// - Parameters:
    ///   - after: ids greater than this; nil is all.
    ///   - through: ids up to this; nil is all.
    ///   - before: rows stamped later are newer than what was read.
    ///   - limit: the most that are told.
    /// - Throws: `PostgresError`.
    package func rowsWithoutRecord(
        after: String? = nil, through: String? = nil, stampedBefore before: Date, limit: Int, in session: PostgresSession
    ) throws -> [String] {
        let older: PostgresQuery =
            table.stampColumn.map { "AND (t.\(identifier: $0.name) < \(before)::timestamptz AT TIME ZONE 'UTC') IS NOT FALSE" } ?? ""
        return try session.query(
            """
            SELECT t.sfid FROM \(fragment: target) t LEFT JOIN \(fragment: stage.name) s ON s.sfid = t.sfid
            WHERE t.sfid IS NOT NULL AND s.sfid IS NULL AND (\(after)::text IS NULL OR t.sfid > \(after)) AND (\(through)::text IS NULL OR t.sfid <= \(through))
              \(fragment: older) \(fragment: table.isNotOwnRecord(row: "t", since: readAt))
            LIMIT \(limit)
            """, timeout: Self.timeout
        ).map { try $0.decode("sfid") }
    }

    private func collect(in session: PostgresSession) throws {
        let columns = table.columns.filter { $0.name != "sfid" && !$0.isBinary }.map { PostgresText.quoteIdentifier($0.name) }
        let here = columns.map { "t.\($0)" }.joined(separator: ", ")
        let there = columns.map { "s.\($0)" }.joined(separator: ", ")
        let differs: PostgresQuery = columns.isEmpty ? "false" : "(\(raw: here)) IS DISTINCT FROM (\(raw: there))"
        let stamp = table.stampColumn?.name
        let newer: PostgresQuery = stamp.map { "(t.\(identifier: $0) > s.\(identifier: $0)) IS NOT TRUE" } ?? "true"
        let isBehind: PostgresQuery =
            stamp.map {
                """
                (CASE WHEN t.\(identifier: $0) = s.\(identifier: $0) THEN s.\(identifier: $0) >= \(settled.sameStamp)::timestamptz AT TIME ZONE 'UTC'
                 ELSE s.\(identifier: $0) >= \(settled.laterStamp)::timestamptz AT TIME ZONE 'UTC' END) IS TRUE
                """
            } ?? "false"
        let isLive: PostgresQuery = table.hasIsDeleted ? "s.isdeleted IS NOT TRUE" : "true"
        try session.run("DROP TABLE IF EXISTS \(fragment: found)")
        try session.run(
            """
            CREATE TEMPORARY TABLE \(fragment: found) ON COMMIT DROP AS
            SELECT DISTINCT ON (s.sfid) s.sfid, t.id::bigint AS row_id,
                   CASE WHEN \(fragment: isBehind) THEN 'behind' WHEN t.sfid IS NULL THEN 'missing' ELSE 'different' END AS kind
            FROM \(fragment: stage.name) s LEFT JOIN \(fragment: target) t ON t.sfid = s.sfid
            WHERE s.sfid IS NOT NULL AND \(fragment: isLive) AND (t.sfid IS NULL OR \(fragment: differs) AND \(fragment: newer))
            """, timeout: Self.timeout)
    }

    /// A poll, a change event or a write has brought the deletion since.
    private func leaveOutDeleted(in session: PostgresSession) throws {
        guard let deleted = try DeletedRows(table: table).since(readAt, in: session) else { return }
        try session.run(
            "DELETE FROM \(fragment: found) f WHERE f.kind = 'missing' AND f.sfid IN (\(fragment: deleted))", timeout: Self.timeout)
    }

    private func markUnsettled(in session: PostgresSession) throws {
        let isAhead: PostgresQuery = """
            (l.state IN ('NEW', 'PENDING', 'FAILED') OR l.processed_at > \(readAt)::timestamptz AND l.created_at > \(readAt)::timestamptz - interval '1 day')
            """
        // One equation each: the planner hashes by it, and compares each row with each change otherwise.
        for isSame in ["l.sfid = f.sfid", "l.record_id = f.row_id"] as [PostgresQuery] {
            try session.run(
                """
                UPDATE \(fragment: found) f SET kind = 'unsettled'
                WHERE EXISTS (SELECT FROM \(fragment: log) l WHERE \(fragment: isAhead) AND l.table_name = \(table.table) AND \(fragment: isSame))
                """, timeout: Self.timeout)
        }
    }
}
