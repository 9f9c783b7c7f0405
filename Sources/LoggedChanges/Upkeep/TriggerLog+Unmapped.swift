package import MappedSchema
package import Postgres

extension TriggerLog {
    /// Ends what waits of tables that no mapping names: what was captured under a mapping that is gone is given up, and a row that names no
    /// table of the schema is malformed.
    ///
    /// - Parameter mapped: the tables of all mappings, loaded or not.
    /// - Throws: `PostgresError`.
    package func endUnmapped(mapped: [String], in session: PostgresSession) throws {
        try session.run(
            """
            UPDATE \(fragment: log) l
            SET state = CASE WHEN known.is_table THEN 'IGNORED' ELSE 'FAILED' END, processed_at = now(), processed_tx = txid_current(), updated_at = now(),
                sf_message = CASE WHEN known.is_table THEN 'no mapping writes the table ' || l.table_name || ' any more'
                    ELSE 'MALFORMED_LOG_ROW: table_name: expected a table that is mapped, found ' || coalesce('"' || l.table_name || '"', 'NULL') END
            FROM (
                SELECT w.id, EXISTS (
                    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = \(schema) AND c.relname = w.table_name AND c.relkind IN ('r', 'p')
                ) AS is_table
                FROM \(fragment: log) w
                WHERE (w.state = 'NEW' OR w.state = 'PENDING') AND (w.table_name IS NULL OR w.table_name <> ALL (\(mapped)::text[]))
            ) AS known
            WHERE l.id = known.id
            """, timeout: .seconds(300))
    }
}
