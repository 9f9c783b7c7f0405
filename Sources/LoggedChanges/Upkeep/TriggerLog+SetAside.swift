package import MappedSchema
package import Postgres

extension TriggerLog {
    /// Ends what waits of tables that are not written any more, as their capture notes what comes now, and says so at the rows. Transactions must
    /// have `xmlbinary` = `hex`.
    ///
    /// - Parameter reason: what the log says of it.
    /// - Throws: `PostgresError`.
    package func setAside(tables: [String], because reason: String, in session: PostgresSession) throws {
        guard !tables.isEmpty else { return }
        let waiting = try session.query(
            """
            SELECT DISTINCT table_name::text AS name FROM \(fragment: log)
            WHERE (state = 'NEW' OR state = 'PENDING') AND state = 'NEW' AND table_name = ANY (\(tables)::text[])
            """, timeout: .seconds(120)
        ).map { try $0.decode("name", as: String.self) }
        for table in waiting {
            do {
                try Savepoint.run("set_aside", in: session) { try setAside(table, because: reason, in: session) }
            } catch let error as PostgresError where error.sqlState?.hasPrefix("42") ?? false {
                // The table is gone, or not as it was made: the log is what counts.
                try session.run(aside(table, reason), timeout: .seconds(300))
            }
        }
    }

    private func setAside(_ table: String, because reason: String, in session: PostgresSession) throws {
        let report = FailureReport(
            op: nil, src: "SLUICE", code: "READONLY", msg: "\(reason): what was changed in this row is not sent to Salesforce",
            todo:
                "to send it once the writes are on, capture the row with hc_capture_update_from_row; otherwise the record's next change in Salesforce replaces it"
        )
        try session.run(
            """
            WITH aside AS (\(fragment: aside(table, reason)) RETURNING record_id)
            UPDATE \(identifier: schema, table) t SET _hc_lastop = 'SYNCED', _hc_err = \(report.text)
            WHERE t.id IN (SELECT record_id FROM aside) AND t._hc_lastop = 'PENDING' AND NOT EXISTS (
                SELECT FROM \(fragment: log) p WHERE p.state = 'PENDING' AND p.table_name = \(table) AND p.record_id = t.id
            )
            """, timeout: .seconds(300))
    }

    private func aside(_ table: String, _ reason: String) -> PostgresQuery {
        """
        UPDATE \(fragment: log) SET state = 'READONLY', processed_at = now(), updated_at = now(), sf_message = \(reason)
        WHERE (state = 'NEW' OR state = 'PENDING') AND state = 'NEW' AND table_name = \(table)
        """
    }
}
