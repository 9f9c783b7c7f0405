package import Postgres

/// What Heroku Connect puts into a mapped schema beside the tables: metadata tables, the trigger log, its notification and the capture
/// functions (heroku-connect.md 2.4 and 2.5). Applications refer to these by name.
package enum TargetMetadata {
    /// Where staged rows live until they are merged; never inside the mapped schema.
    package static let stagingSchema = "sluice_staging"

    /// Makes what is missing and leaves what exists; a schema that is another connection's is left alone.
    ///
    /// - Throws: `MappedSchemaError` with code `.foreignSchema`; `PostgresError`.
    package static func ensure(schema: String, ownership: SchemaOwnership, in session: PostgresSession) throws {
        // Two workers may get here together for two mappings of one connection.
        try session.run("SELECT pg_advisory_xact_lock(hashtextextended(\("sluice.target." + schema), 0))", timeout: .seconds(120))
        try ownership.check(in: session)
        if try !exists(schema: schema, table: "_trigger_log", in: session) {
            try ensureSchema(schema, in: session)
            try ensureHStore(in: session)
            try ensureSessionMarker(in: session)
            try session.script(tables(schema))
            try session.script(functions(schema, hstore: try hstoreSchema(in: session)))
        }
        try ensureRecordIndex(schema, in: session)
        if try !exists(schema: schema, table: "_hcmeta", in: session) {
            try session.script(metaTable(schema))
            try ownership.check(in: session)
        }
        try ensureSchema(stagingSchema, in: session)
        try complete(schema: schema, in: session)
    }

    /// A row's history is looked up in the log as in its archive, which has such an index in Heroku Connect's schemas. Where the log is another role's,
    /// it does without.
    private static func ensureRecordIndex(_ schema: String, in session: PostgresSession) throws {
        let isOurs = try session.query(
            """
            SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(schema) AND c.relname = '_trigger_log' AND pg_has_role(c.relowner, 'USAGE')
            """)
        guard !isOurs.isEmpty else { return }
        try session.run(
            "CREATE INDEX IF NOT EXISTS _trigger_log_idx_record_id ON \(identifier: schema, "_trigger_log") (record_id)",
            timeout: .seconds(120))
    }

    /// Asks for the right to make a schema only where there is none: an operator may have made it for a role that may not.
    static func ensureSchema(_ name: String, in session: PostgresSession) throws {
        guard try session.query("SELECT FROM pg_namespace WHERE nspname = \(name)").isEmpty else { return }
        let rights = try session.query(
            "SELECT current_user AS role, has_database_privilege(current_database(), 'CREATE') AS may_create")[0]
        guard try rights.decode("may_create") else {
            let role: String = try rights.decode("role")
            throw MappedSchemaError(
                code: .badConfiguration,
                message:
                    "the role \(role) may not make the schema \(name): run CREATE SCHEMA \(PostgresText.quoteIdentifier(name)) AUTHORIZATION \(PostgresText.quoteIdentifier(role)) as the database's owner"
            )
        }
        try session.run("CREATE SCHEMA \(identifier: name)")
    }

    private static func ensureHStore(in session: PostgresSession) throws {
        guard try session.query("SELECT FROM pg_extension WHERE extname = 'hstore'").isEmpty else { return }
        try session.run("CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public")
    }

    private static func ensureSessionMarker(in session: PostgresSession) throws {
        let found = try session.query(
            "SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.proname = 'get_xmlbinary'"
        )
        guard found.isEmpty else { return }
        try session.script(
            """
            CREATE OR REPLACE FUNCTION public.get_xmlbinary() RETURNS character varying LANGUAGE sql STABLE
            AS $$ SELECT current_setting('xmlbinary')::character varying $$
            """)
    }

    /// Whether the schema has a trigger log yet.
    ///
    /// - Throws: `PostgresError`.
    package static func hasLog(schema: String, in session: PostgresSession) throws -> Bool {
        try exists(schema: schema, table: "_trigger_log", in: session)
    }

    package static func exists(schema: String, table: String, in session: PostgresSession) throws -> Bool {
        try session.query(
            """
            SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(schema) AND c.relname = \(table) AND c.relkind IN ('r', 'p')
            """
        ).count > 0
    }

    /// The schema in which the extension hstore lives in this database.
    package static func hstoreSchema(in session: PostgresSession) throws -> String {
        let rows = try session.query(
            "SELECT n.nspname AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hstore'")
        guard let row = rows.first else {
            throw PostgresError(code: .configuration, message: "the extension hstore is missing from the target database")
        }
        return try row.decode("name")
    }

    private static func metaTable(_ schema: String) -> String {
        let s = PostgresText.quoteIdentifier(schema)
        return "CREATE TABLE \(s)._hcmeta (id serial PRIMARY KEY, hcver integer, org_id character varying(50), details text)"
    }

    private static func tables(_ schema: String) -> String {
        let s = PostgresText.quoteIdentifier(schema)
        let logColumns = """
            txid bigint, created_at timestamp with time zone%, updated_at timestamp with time zone%, processed_at timestamp with time zone,
            processed_tx bigint, state character varying(8), action character varying(7), table_name character varying(128), record_id integer,
            sfid character varying(18), old text, "values" text, sf_result integer, sf_message text
            """
        let live = logColumns.split(separator: "%", omittingEmptySubsequences: false).joined(separator: " DEFAULT now()")
        let archived = logColumns.split(separator: "%", omittingEmptySubsequences: false).joined()
        return """
            CREATE TABLE \(s)._trigger_log (id serial PRIMARY KEY, \(live));
            CREATE INDEX _trigger_log_idx_created_at ON \(s)._trigger_log (created_at);
            CREATE INDEX _trigger_log_idx_state_id ON \(s)._trigger_log (state, id);
            CREATE INDEX _trigger_log_idx_state_table_name ON \(s)._trigger_log (state, table_name) WHERE state = 'NEW' OR state = 'PENDING';
            CREATE TABLE \(s)._trigger_log_archive (id integer PRIMARY KEY, \(archived));
            CREATE INDEX _trigger_log_archive_idx_created_at ON \(s)._trigger_log_archive (created_at);
            CREATE INDEX _trigger_log_archive_idx_record_id ON \(s)._trigger_log_archive (record_id);
            CREATE INDEX _trigger_log_archive_idx_state_table_name ON \(s)._trigger_log_archive (state, table_name) WHERE state = 'FAILED';
            CREATE TABLE \(s)._sf_event_log (
                id serial PRIMARY KEY, table_name character varying(128), action character varying(7),
                synced_at timestamp with time zone DEFAULT now(), sf_timestamp timestamp with time zone, sfid character varying(20),
                record text, processed boolean
            );
            CREATE INDEX idx__sf_event_log_comp_key ON \(s)._sf_event_log (table_name, synced_at);
            CREATE INDEX idx__sf_event_log_sfid ON \(s)._sf_event_log (sfid);
            """
    }

    private static func functions(_ schema: String, hstore: String) -> String {
        let s = PostgresText.quoteIdentifier(schema)
        let channel = PostgresText.quoteLiteral(schema + ".hc_trigger_log")
        return """
            CREATE OR REPLACE FUNCTION \(s).tlog_notify_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
            -- VERSION 1 --
            BEGIN
                PERFORM pg_notify(\(channel), 'ping');
                RETURN NEW;
            END;
            $$;

            CREATE TRIGGER tlog_insert_trigger AFTER INSERT ON \(s)._trigger_log FOR EACH ROW EXECUTE FUNCTION \(s).tlog_notify_trigger();

            \(captureFunctions(schema, hstore: hstore, id: "integer"))
            """
    }

    /// The functions by which applications capture a row by themselves (heroku-connect.md 2.5).
    ///
    /// - Parameter id: the type of the log's `id`, which they return.
    static func captureFunctions(_ schema: String, hstore: String, id: String) -> String {
        let s = PostgresText.quoteIdentifier(schema)
        let h = PostgresText.quoteIdentifier(hstore)
        return """
            CREATE OR REPLACE FUNCTION \(s).hc_capture_insert_from_row(
                source_row \(h).hstore, table_name character varying, excluded_cols text[] DEFAULT ARRAY[]::text[]
            ) RETURNS \(id) LANGUAGE plpgsql AS $$
            -- VERSION 1 --
            DECLARE
                left_out text[] := array_remove(array_remove(excluded_cols, 'id'), 'sfid') || ARRAY['_hc_lastop', '_hc_err'];
                new_id \(id);
            BEGIN
                IF source_row OPERATOR(\(h).->) 'id' IS NULL THEN RETURN NULL; END IF;
                INSERT INTO \(s)._trigger_log (action, table_name, txid, created_at, state, record_id, "values")
                VALUES ('INSERT', table_name, txid_current(), clock_timestamp(), 'NEW', (source_row OPERATOR(\(h).->) 'id')::integer,
                        (source_row OPERATOR(\(h).-) left_out)::text)
                RETURNING id INTO new_id;
                RETURN new_id;
            END;
            $$;

            CREATE OR REPLACE FUNCTION \(s).hc_capture_update_from_row(
                source_row \(h).hstore, table_name character varying, columns_to_include text[] DEFAULT ARRAY[]::text[]
            ) RETURNS \(id) LANGUAGE plpgsql AS $$
            -- VERSION 1 --
            DECLARE
                captured \(h).hstore := source_row OPERATOR(\(h).-) ARRAY['_hc_lastop', '_hc_err'];
                new_id \(id);
            BEGIN
                IF source_row OPERATOR(\(h).->) 'id' IS NULL THEN RETURN NULL; END IF;
                -- unnest flattens arrays of arrays, which real clients pass.
                IF cardinality(columns_to_include) > 0 THEN
                    captured := \(h).slice(captured, ARRAY(SELECT unnest(columns_to_include)));
                END IF;
                INSERT INTO \(s)._trigger_log (action, table_name, txid, created_at, state, record_id, sfid, "values")
                VALUES ('UPDATE', table_name, txid_current(), clock_timestamp(), 'NEW', (source_row OPERATOR(\(h).->) 'id')::integer,
                        source_row OPERATOR(\(h).->) 'sfid', captured::text)
                RETURNING id INTO new_id;
                RETURN new_id;
            END;
            $$;
            """
    }
}
