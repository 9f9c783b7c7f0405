import Postgres

/// Looks at the trigger log and its archive.
struct TriggerLogInspection: Sendable {
    static let meta = "_hcmeta"
    static let log = "_trigger_log"
    static let archive = "_trigger_log_archive"
    static let metadataTables = [meta, log, archive]
    /// Those that the work on the log goes by, as `TargetMetadata` makes them.
    private static let indexes = ["_trigger_log_pkey", "_trigger_log_idx_state_id", "_trigger_log_idx_state_table_name"]

    let schema: String

    func look(in session: PostgresSession) throws -> TriggerLogFacts {
        var facts = TriggerLogFacts()
        let row = try session.query(
            """
            SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), 'id')::regclass), 0) AS last_id,
                (SELECT a.atttypid = 'int8'::regtype FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'id') AS wide,
                EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'tlog_insert_trigger' AND t.tgenabled IN ('O', 'A')) AS notifies,
                ARRAY (SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisvalid) AS indexes
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = \(schema) AND c.relname = \(Self.log)
            """, timeout: InspectionPatience.query)[0]
        facts.lastID = try row.decode("last_id")
        facts.hasWideIDs = try row.decodeIfPresent("wide") ?? false
        facts.notifies = try row.decode("notifies")
        let found = Set(try row.decode("indexes", as: [String].self))
        facts.missingIndexes = Self.indexes.filter { !found.contains($0) }
        for row in try session.query(
            """
            SELECT c.relname::text AS name, pg_total_relation_size(c.oid) AS bytes, \(fragment: InspectionPatience.autovacuumIsOff) AS without_autovacuum
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(schema) AND c.relname = ANY (\([Self.log, Self.archive])::text[]) AND c.relkind IN ('r', 'p') ORDER BY c.relname
            """, timeout: InspectionPatience.query)
        {
            facts.bytes += try row.decode("bytes", as: Int64.self)
            if try row.decode("without_autovacuum") { facts.withoutAutovacuum.append(try row.decode("name")) }
        }
        if try session.query("SELECT has_table_privilege(\(PostgresText.quoteIdentifier(schema) + "." + Self.log), 'SELECT') AS may")[0]
            .decode("may")
        {
            let waiting = try session.query(
                """
                SELECT count(*) AS waiting, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS seconds
                FROM (
                    SELECT created_at FROM \(identifier: schema, Self.log) WHERE state = 'NEW' OR state = 'PENDING' LIMIT \(TriggerLogFacts.countedTo)
                ) AS changes
                """, timeout: InspectionPatience.query)[0]
            facts.waiting = try waiting.decode("waiting")
            facts.oldestWaitingSeconds = try waiting.decode("seconds")
        }
        return facts
    }
}
