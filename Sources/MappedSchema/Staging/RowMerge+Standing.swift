import Postgres

extension RowMerge {
    /// How staged rows stand to the table's: most polls bring nothing but other values of rows that are here, and what concerns deleted, new and moved
    /// ones need not be asked.
    struct Standing: Sendable {
        /// Whether records are among them that were deleted.
        let hasDeleted: Bool
        /// Whether a record may be without a row, or be so once the deleted ones are gone.
        let mayAdd: Bool
        /// Whether a row gets a unique value that it has not.
        let bringsUniqueValues: Bool
        /// Whether every record has a row that is as it was read.
        let isRead: Bool

        /// Looks at rows, and locks those of a table that people may write: whoever changes one is waited for, and the statements that follow see what
        /// he has committed.
        ///
        /// - Throws: `PostgresError`.
        init(of merge: RowMerge, in session: PostgresSession) throws {
            let table = merge.table
            let moves = merge.uniqueIndexes.map { index -> String in
                let name = PostgresText.quoteIdentifier(index.column)
                return "t.\(name) IS DISTINCT FROM s.\(name)"
            }
            let found = try session.query(
                """
                SELECT count(*) AS rows, count(*) FILTER (WHERE is_read) AS unwritten, coalesce(bool_or(moves), false) AS moves,
                       (SELECT count(*) FROM \(fragment: merge.stage.name)) AS records,
                       (SELECT coalesce(bool_or(NOT (\(fragment: merge.isLive))), false) FROM \(fragment: merge.stage.name) s) AS has_deleted
                FROM (
                    SELECT t._hc_lastop = 'SYNCED' AS is_read, \(raw: moves.isEmpty ? "false" : moves.joined(separator: " OR ")) AS moves
                    FROM \(fragment: merge.target) t JOIN \(fragment: merge.stage.name) s ON t.sfid = s.sfid
                    ORDER BY t.id \(raw: table.isWritable ? "FOR NO KEY UPDATE OF t" : "")
                ) AS found
                """, timeout: merge.timeout)[0]
            let records = try found.decode("records", as: Int.self)
            hasDeleted = try found.decode("has_deleted")
            mayAdd = try hasDeleted || found.decode("rows", as: Int.self) < records
            bringsUniqueValues = try mayAdd || found.decode("moves")
            isRead = try found.decode("unwritten", as: Int.self) == records
        }
    }
}
