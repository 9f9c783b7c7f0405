package import Postgres

/// What Heroku Connect puts into a mapped schema beside the tables: metadata tables, the trigger log, its notification and the capture
/// functions (heroku-connect.md 2.4 and 2.5). Applications refer to these by name.
package enum TargetMetadata {
    /// Where staged rows live until they are merged; never inside the mapped schema.
    package static let stagingSchema = "sluice_staging"
    /// Where functions for applications live, such as `await_write`.
    package static let functionSchema = "sluice"

    /// Makes what is missing, piece by piece, and leaves what exists; a schema that is another connection's is left alone.
    ///
    /// - Returns: the tables that were missing.
    /// - Throws: `MappedSchemaError` with code `.foreignSchema`; `PostgresError`.
    @discardableResult
    package static func ensure(schema: String, ownership: SchemaOwnership, in session: PostgresSession) throws -> [String] {
        // Two workers may get here together for two mappings of one connection.
        try session.run("SELECT pg_advisory_xact_lock(hashtextextended(\("sluice.target." + schema), 0))", timeout: .seconds(120))
        try ownership.check(in: session)
        try ensureSchema(schema, in: session)
        try ensureHStore(in: session)
        try ensureSessionMarker(in: session)
        var made: [String] = []
        for table in tables where try !exists(schema: schema, table: table, in: session) {
            try session.script(definition(ofTable: table, schema: schema))
            made.append(table)
        }
        if made.contains("_trigger_log") { try goOnBehindArchive(schema, in: session) }
        try ensureRecordIndex(schema, in: session)
        try ensureFunctions(schema, in: session)
        if made.contains("_hcmeta") { try ownership.check(in: session) }
        try ensureStaging(in: session)
        try complete(schema: schema, in: session)
        return made
    }

    /// The metadata tables that are missing; one look, whatever is there.
    ///
    /// - Throws: `PostgresError`.
    package static func missingTables(schema: String, in session: PostgresSession) throws -> [String] {
        try session.query(
            .prepared(
                """
                SELECT wanted.name FROM unnest(\(tables)::text[]) AS wanted(name)
                WHERE NOT EXISTS (
                    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = \(schema) AND c.relname = wanted.name AND c.relkind IN ('r', 'p'))
                """)
        ).map { try $0.decode("name") }
    }

    /// What is lost when tables that held something are made anew, for people.
    package static func loss(of tables: [String]) -> String {
        guard tables.contains("_trigger_log") else { return "" }
        return
            ". Changes that waited in it are lost: rows whose _hc_lastop is PENDING were changed and not written; capture them again with hc_capture_insert_from_row or hc_capture_update_from_row"
    }

    /// Ids of a log that was made anew go on behind those of the archive, where they come to stand one day.
    private static func goOnBehindArchive(_ schema: String, in session: PostgresSession) throws {
        try session.run(
            """
            SELECT setval(pg_get_serial_sequence(\(PostgresText.quoteIdentifier(schema) + "._trigger_log"), 'id')::regclass, max(id))
            FROM \(identifier: schema, "_trigger_log_archive") HAVING max(id) IS NOT NULL
            """)
    }

    private static func ensureFunctions(_ schema: String, in session: PostgresSession) throws {
        let hstore = try hstoreSchema(in: session)
        for (name, definition) in functions(schema, hstore: hstore) {
            let found = try session.query(
                "SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = \(schema) AND p.proname = \(name)")
            if found.isEmpty { try session.script(definition) }
        }
        let trigger = try session.query(
            """
            SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(schema) AND c.relname = '_trigger_log' AND t.tgname = 'tlog_insert_trigger'
            """)
        guard trigger.isEmpty else { return }
        try session.run(
            """
            CREATE TRIGGER tlog_insert_trigger AFTER INSERT ON \(identifier: schema, "_trigger_log")
            FOR EACH ROW EXECUTE FUNCTION \(identifier: schema, "tlog_notify_trigger")()
            """)
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
}
