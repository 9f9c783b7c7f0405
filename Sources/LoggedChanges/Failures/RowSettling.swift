package import MappedSchema
package import Postgres

/// What becomes of rows, and of their changes, when their records are read again on somebody's word. The stage holds the records; transactions must
/// have `xmlbinary` = `hex`.
package struct RowSettling: Sendable {
    private let table: TableSchema
    private let stage: StageTable
    private let log: TriggerLog

    private var target: PostgresQuery { "\(identifier: table.schema, table.table)" }

    package init(table: TableSchema, stage: StageTable, log: TriggerLog) {
        self.table = table
        self.stage = stage
        self.log = log
    }

    /// Gives up the failed changes of rows whose records were found, and with `withWaiting` what waits of all of them.
    ///
    /// - Returns: how many failed changes were given up.
    /// - Throws: `PostgresError`.
    package func giveUp(rows ids: [Int64], withWaiting: Bool, reason: String, in session: PostgresSession) throws -> Int {
        let found = try session.query(
            """
            SELECT t.id FROM \(fragment: target) t
            WHERE t.id = ANY (\(ids)::bigint[]) AND (\(withWaiting)::boolean OR EXISTS (SELECT FROM \(fragment: stage.name) s WHERE s.sfid = t.sfid))
            """, timeout: .seconds(30)
        ).map { try $0.decode("id", as: Int64.self) }
        return try log.giveUp(rows: found, table: table.table, withWaiting: withWaiting, reason: reason, in: session)
    }

    /// Deletes rows that have no record: Salesforce holds nothing that they could become.
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`.
    package func deleteWithoutRecord(rows ids: [Int64], in session: PostgresSession) throws -> Int {
        try session.run(
            """
            DELETE FROM \(fragment: target) t
            WHERE t.id = ANY (\(ids)::bigint[]) AND NOT EXISTS (SELECT FROM \(fragment: stage.name) s WHERE s.sfid = t.sfid)
            """, timeout: .seconds(30))
    }

    /// Marks rows as what their record is, unless a change of them waits.
    ///
    /// - Returns: how many were marked otherwise before.
    /// - Throws: `PostgresError`.
    package func markSynced(rows ids: [Int64], in session: PostgresSession) throws -> Int {
        try session.run(
            """
            UPDATE \(fragment: target) t SET _hc_lastop = 'SYNCED', _hc_err = NULL
            FROM \(fragment: stage.name) s
            WHERE t.id = ANY (\(ids)::bigint[]) AND s.sfid = t.sfid AND t._hc_lastop IN ('FAILED', 'PENDING') AND NOT EXISTS (
                SELECT FROM \(fragment: log.log) l
                WHERE (l.state = 'NEW' OR l.state = 'PENDING') AND l.table_name = \(table.table) AND (l.sfid = t.sfid OR l.sfid IS NULL AND l.record_id = t.id)
            )
            """, timeout: .seconds(30))
    }
}
