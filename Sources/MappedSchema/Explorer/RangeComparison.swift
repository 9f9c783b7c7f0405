package import Foundation
package import Postgres

/// Compares the rows of a range of record ids with the records of that range, which lie in a stage.
package struct RangeComparison: Sendable {
    /// What was found in one range.
    package struct Findings: Sendable {
        /// Records without a row.
        package var missing: [String] = []
        /// Rows that differ, though nothing of them waits, and the record is older than the last poll.
        package var different: [String] = []
        /// Rows that differ since a change of them waits or failed.
        package var unsettled = 0
        /// Rows that differ since the record changed after the last poll.
        package var behind = 0
        /// Rows whose record is not in the range: candidates, since ids may be ordered otherwise elsewhere.
        package var extra: [String] = []
    }

    private let table: TableSchema
    private let stage: StageTable
    private let watermark: Date

    private var target: PostgresQuery { "\(identifier: table.schema, table.table)" }
    private var log: PostgresQuery { TriggerLog(schema: table.schema).log }

    /// - Parameter watermark: what the records were before this the rows should be.
    package init(table: TableSchema, stage: StageTable, watermark: Date) {
        self.table = table
        self.stage = stage
        self.watermark = watermark
    }

    /// - Parameters:
    ///   - after: the range begins after this record; nil is the first.
    ///   - last: and ends with this one; nil is the last of all.
    /// - Throws: `PostgresError`.
    package func run(after: String?, last: String?, in session: PostgresSession) throws -> Findings {
        let columns = table.columns.filter { $0.name != "sfid" }.map { PostgresText.quoteIdentifier($0.name) }
        let here = columns.map { "t.\($0)" }.joined(separator: ", ")
        let there = columns.map { "s.\($0)" }.joined(separator: ", ")
        let isNewer: PostgresQuery =
            table.stampColumn.map { "coalesce(s.\(identifier: $0.name) >= \(watermark)::timestamptz AT TIME ZONE 'UTC', false)" } ?? "false"
        let isDeleted: PostgresQuery = table.hasIsDeleted ? "s.isdeleted IS NOT TRUE" : "true"
        let rows = try session.query(
            """
            SELECT coalesce(s.sfid, t.sfid) AS sfid, t.sfid IS NULL AS is_missing, s.sfid IS NULL AS is_extra, \(fragment: isNewer) AS is_newer,
                   EXISTS (
                       SELECT FROM \(fragment: log) l
                       WHERE l.state IN ('NEW', 'PENDING', 'FAILED') AND l.table_name = \(table.table) AND (l.sfid = coalesce(s.sfid, t.sfid) OR l.record_id = t.id)
                   ) AS is_unsettled
            FROM (SELECT * FROM \(fragment: stage.name) s WHERE s.sfid IS NOT NULL AND \(fragment: isDeleted)) s
            FULL JOIN (
                SELECT * FROM \(fragment: target)
                WHERE sfid IS NOT NULL AND (\(after)::text IS NULL OR sfid > \(after)) AND (\(last)::text IS NULL OR sfid <= \(last))
            ) t ON t.sfid = s.sfid
            WHERE s.sfid IS NULL OR t.sfid IS NULL OR (\(raw: here)) IS DISTINCT FROM (\(raw: there))
            """, timeout: .seconds(60))
        var findings = Findings()
        for row in rows {
            let sfid: String = try row.decode("sfid")
            if try row.decode("is_unsettled") {
                findings.unsettled += 1
            } else if try row.decode("is_extra") {
                findings.extra.append(sfid)
            } else if try row.decode("is_newer") {
                findings.behind += 1
            } else if try row.decode("is_missing") {
                findings.missing.append(sfid)
            } else {
                findings.different.append(sfid)
            }
        }
        return findings
    }
}
