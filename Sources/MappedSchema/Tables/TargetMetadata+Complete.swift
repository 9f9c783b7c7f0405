package import Postgres

// What Heroku Connect's own schemas, and those made by earlier versions, lack.
extension TargetMetadata {
    /// Adds what this role may add; one look into the catalog where nothing is missing.
    ///
    /// - Throws: `PostgresError`; `MappedSchemaError`.
    package static func complete(schema: String, in session: PostgresSession) throws {
        let s = PostgresText.quoteIdentifier(schema)
        let found = try session.query(
            """
            SELECT to_regclass(\(s + "._trigger_log_idx_waiting_record_id")) IS NOT NULL AS has_index,
                   to_regprocedure(\(s + ".tlog_retry_trigger()")) IS NOT NULL AS has_retry,
                   EXISTS (
                       SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                       WHERE n.nspname = 'sluice' AND p.proname = 'await_write'
                   ) AS has_await,
                   (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = to_regclass(\(s + "._trigger_log"))) AS owns_log,
                   CASE WHEN to_regnamespace('sluice') IS NULL THEN has_database_privilege(current_database(), 'CREATE')
                   ELSE has_schema_privilege('sluice', 'CREATE') END AS may_add
            """)[0]
        let ownsLog = try found.decodeIfPresent("owns_log", as: Bool.self) ?? false
        if try ownsLog && !found.decode("has_index", as: Bool.self) {
            try session.run(
                """
                CREATE INDEX IF NOT EXISTS _trigger_log_idx_waiting_record_id ON \(identifier: schema, "_trigger_log") (record_id)
                WHERE state = 'NEW' OR state = 'PENDING'
                """, timeout: .seconds(600))
        }
        if try ownsLog && !found.decode("has_retry", as: Bool.self) { try session.script(retry(schema)) }
        if ownsLog { try widenLog(schema, in: session) }
        if try !found.decode("has_await", as: Bool.self) && found.decode("may_add", as: Bool.self) {
            try ensureSchema(functionSchema, in: session)
            try session.script(AwaitWrite.function)
        }
    }

    /// Half of the log's ids are used up, which Heroku Connect made as `integer`: the log is short, so they become `bigint` long before a change of an
    /// application fails for it.
    private static func widenLog(_ schema: String, in session: PostgresSession) throws {
        let s = PostgresText.quoteIdentifier(schema)
        let isDue =
            try session.query(
                """
                SELECT FROM pg_attribute a
                WHERE a.attrelid = to_regclass(\(s + "._trigger_log")) AND a.attname = 'id' AND a.atttypid = 'integer'::regtype
                  AND pg_sequence_last_value(to_regclass(\(s + "._trigger_log_id_seq"))) > \(Self.manyIDs)
                """
            ).count > 0
        guard isDue else { return }
        let captures = functions(schema, hstore: try hstoreSchema(in: session), id: "bigint").filter { $0.name.hasPrefix("hc_capture_") }
        // Somebody's view of the log, or a long look at it, keeps it as it is for now; the doctor says so.
        try session.script(
            """
            DO $widen$
            BEGIN
                PERFORM pg_catalog.set_config('lock_timeout', '2s', true);
                ALTER TABLE \(s)._trigger_log ALTER COLUMN id TYPE bigint, ALTER COLUMN sf_result TYPE bigint;
                ALTER TABLE \(s)._trigger_log_archive ALTER COLUMN id TYPE bigint, ALTER COLUMN sf_result TYPE bigint;
                ALTER SEQUENCE \(s)._trigger_log_id_seq AS bigint;
                \(captures.map { "DROP FUNCTION IF EXISTS \(s).\($0.name);\n\($0.definition);" }.joined(separator: "\n"))
            EXCEPTION WHEN feature_not_supported OR lock_not_available OR dependent_objects_still_exist THEN
                NULL;
            END
            $widen$
            """)
    }

    private static let manyIDs: Int64 = 1 << 30

    /// Rows of the log that people set to be tried again, or give up, announce themselves, and archived ones are copied back at once.
    private static func retry(_ schema: String) -> String {
        let s = PostgresText.quoteIdentifier(schema)
        let channel = PostgresText.quoteLiteral(MappedSchema.notificationChannel(ofSchema: schema))
        return """
            CREATE OR REPLACE FUNCTION \(s).tlog_retry_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path TO pg_catalog AS $$
            BEGIN
                IF TG_TABLE_NAME = '_trigger_log' THEN
                    IF NEW.state = 'REQUEUE' THEN NEW.state := 'NEW'; END IF;
                    PERFORM pg_notify(\(channel), 'ping');
                ELSE
                    INSERT INTO \(s)._trigger_log (txid, created_at, state, action, table_name, record_id, sfid, old, "values")
                    VALUES (txid_current(), clock_timestamp(), 'NEW', NEW.action, NEW.table_name, NEW.record_id, NEW.sfid, NEW.old, NEW."values");
                    NEW.state := 'REQUEUED';
                END IF;
                RETURN NEW;
            END;
            $$;
            DROP TRIGGER IF EXISTS tlog_retry_trigger ON \(s)._trigger_log;
            CREATE TRIGGER tlog_retry_trigger BEFORE UPDATE OF state ON \(s)._trigger_log FOR EACH ROW
            WHEN (NEW.state IN ('NEW', 'REQUEUE', 'IGNORED') AND public.get_xmlbinary()::text = 'base64') EXECUTE FUNCTION \(s).tlog_retry_trigger();
            DROP TRIGGER IF EXISTS tlog_retry_trigger ON \(s)._trigger_log_archive;
            CREATE TRIGGER tlog_retry_trigger BEFORE UPDATE OF state ON \(s)._trigger_log_archive FOR EACH ROW
            WHEN (NEW.state IN ('NEW', 'REQUEUE') AND public.get_xmlbinary()::text = 'base64') EXECUTE FUNCTION \(s).tlog_retry_trigger();
            """
    }
}
