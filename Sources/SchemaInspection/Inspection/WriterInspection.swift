import Postgres

/// Looks for roles that may change mapped tables, but lack a right that the triggers need in their name: their changes fail.
struct WriterInspection: Sendable {
    let schema: String
    /// Where hstore lives.
    let hstore: String

    func look(_ tables: [String], in session: PostgresSession) throws -> [String: [WriterFault]] {
        let name = PostgresText.quoteIdentifier(schema)
        let log = "\(name).\(TriggerLogInspection.log)"
        let sequence = "\(name).\(TriggerLogInspection.log)_id_seq"
        let rows = try session.query(
            """
            WITH surroundings AS MATERIALIZED (
                SELECT to_regclass(\(log)) AS log, to_regclass(\(sequence)) AS sequence, to_regnamespace(\(name)) AS schema,
                    to_regnamespace(\(PostgresText.quoteIdentifier(hstore))) AS hstore
            ), roles AS MATERIALIZED (
                SELECT oid, rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user AND rolname !~ '^pg_' LIMIT 1000
            )
            SELECT c.relname::text AS table_name, r.rolname::text AS role,
                array_remove(ARRAY[
                    CASE WHEN NOT coalesce(has_schema_privilege(r.oid, s.schema::oid, 'USAGE'), true) THEN 'USAGE ON SCHEMA ' || \(name) END,
                    CASE WHEN NOT coalesce(has_schema_privilege(r.oid, s.hstore::oid, 'USAGE'), true)
                         THEN 'USAGE ON SCHEMA ' || \(PostgresText.quoteIdentifier(hstore)) END,
                    CASE WHEN NOT has_schema_privilege(r.oid, 'public', 'USAGE') THEN 'USAGE ON SCHEMA public' END,
                    CASE WHEN NOT has_table_privilege(r.oid, s.log, 'INSERT') THEN 'INSERT ON ' || \(log) END,
                    CASE WHEN NOT (has_sequence_privilege(r.oid, s.sequence, 'USAGE') OR has_sequence_privilege(r.oid, s.sequence, 'UPDATE'))
                         THEN 'USAGE ON SEQUENCE ' || \(sequence) END
                ], NULL) AS lacks
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN roles r CROSS JOIN surroundings s
            WHERE n.nspname = \(schema) AND c.relname = ANY (\(tables)::text[]) AND c.relkind IN ('r', 'p')
            AND (has_table_privilege(r.oid, c.oid, 'DELETE') OR has_any_column_privilege(r.oid, c.oid, 'INSERT')
                 OR has_any_column_privilege(r.oid, c.oid, 'UPDATE'))
            ORDER BY 1, 2
            """, timeout: InspectionPatience.query)
        var faults: [String: [WriterFault]] = [:]
        for row in rows {
            let lacks: [String] = try row.decode("lacks")
            guard !lacks.isEmpty else { continue }
            faults[try row.decode("table_name"), default: []].append(
                WriterFault(role: try row.decode("role"), lacks: lacks.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }))
        }
        return faults
    }
}
