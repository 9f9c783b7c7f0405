package import Postgres

/// The two triggers of a mapped table and their functions (heroku-connect.md 2.5): one captures what people change into the trigger log,
/// one keeps `_hc_lastop` and `_hc_err`.
///
/// A session with `xmlbinary` = `hex` is Sluice's own: what it writes is not captured.
package enum CaptureTriggers {
    /// Makes or replaces the capture; leaves an existing status function alone, since users patch it in place.
    ///
    /// - Throws: `PostgresError`.
    package static func ensure(_ table: TableSchema, in session: PostgresSession) throws {
        let hstore = try TargetMetadata.hstoreSchema(in: session)
        try session.script(logger(table, hstore: hstore))
        if try !functionExists(schema: table.schema, name: "hc_\(table.table)_status", in: session) {
            try session.script(status(table))
        }
        let qualified: PostgresQuery = "\(identifier: table.schema, table.table)"
        if try !triggerExists("hc_\(table.table)_logtrigger", on: table, in: session) {
            try session.run(
                """
                CREATE TRIGGER \(identifier: "hc_\(table.table)_logtrigger") AFTER INSERT OR DELETE OR UPDATE ON \(fragment: qualified)
                FOR EACH ROW WHEN ((public.get_xmlbinary()::text = 'base64'::text))
                EXECUTE FUNCTION \(identifier: table.schema, "hc_\(table.table)_logger")()
                """)
        }
        if try !triggerExists("hc_\(table.table)_status_trigger", on: table, in: session) {
            try session.run(
                """
                CREATE TRIGGER \(identifier: "hc_\(table.table)_status_trigger") BEFORE INSERT OR UPDATE ON \(fragment: qualified)
                FOR EACH ROW EXECUTE FUNCTION \(identifier: table.schema, "hc_\(table.table)_status")()
                """)
        }
    }

    /// What a table's two triggers and their functions are called, as Postgres keeps names.
    static func names(_ table: String) -> (logTrigger: String, logger: String, statusTrigger: String, status: String) {
        return (kept("hc_\(table)_logtrigger"), kept("hc_\(table)_logger"), kept("hc_\(table)_status_trigger"), kept("hc_\(table)_status"))
    }

    /// A name as Postgres keeps it: cut to 63 bytes between characters.
    static func kept(_ name: String) -> String {
        var bytes = Array(name.utf8.prefix(63))
        while String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The body of the function that captures a table's changes, as `pg_proc.prosrc` keeps it.
    static func loggerSource(_ table: TableSchema, hstore: String) -> String {
        let parts = logger(table, hstore: hstore).split(separator: "$$", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? String(parts[1]) : ""
    }

    private static func functionExists(schema: String, name: String, in session: PostgresSession) throws -> Bool {
        try session.query(
            "SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = \(schema) AND p.proname = left(\(name), 63)"
        ).count > 0
    }

    private static func triggerExists(_ name: String, on table: TableSchema, in session: PostgresSession) throws -> Bool {
        try session.query(
            """
            SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(table.schema) AND c.relname = \(table.table) AND t.tgname = left(\(name), 63)
            """
        ).count > 0
    }

    private static func logger(_ table: TableSchema, hstore: String) -> String {
        let s = PostgresText.quoteIdentifier(table.schema)
        let h = PostgresText.quoteIdentifier(hstore)
        let name = PostgresText.quoteIdentifier("hc_\(table.table)_logger")
        let sequence = PostgresText.quoteLiteral("\(s)._trigger_log_id_seq")
        let captured = table.isWritable ? "NEW" : "READONLY"
        // What needs no sync is still recorded, as IGNORE; read-only mappings record everything as READONLY.
        let ignoreUnchanged = table.isWritable ? "IF entry.\"values\" = '' THEN entry.state := 'IGNORE'; END IF;" : ""
        let ignoreUnknown = table.isWritable ? "IF OLD.sfid IS NULL THEN entry.state := 'IGNORE'; END IF;" : ""
        return """
            CREATE OR REPLACE FUNCTION \(s).\(name)() RETURNS trigger LANGUAGE plpgsql AS $$
            -- VERSION 4 --
            DECLARE
                entry \(s)._trigger_log%ROWTYPE;
                own_columns text[] := ARRAY['_hc_lastop', '_hc_err'];
            BEGIN
                entry.id := nextval(\(sequence));
                entry.txid := txid_current();
                entry.created_at := clock_timestamp();
                entry.state := '\(captured)';
                entry.action := TG_OP;
                entry.table_name := TG_TABLE_NAME;
                IF TG_OP = 'INSERT' THEN
                    entry.record_id := NEW.id;
                    entry."values" := (\(h).hstore(NEW.*) OPERATOR(\(h).-) own_columns)::text;
                ELSIF TG_OP = 'UPDATE' THEN
                    entry.record_id := NEW.id;
                    entry.sfid := OLD.sfid;
                    entry.old := (\(h).hstore(OLD.*) OPERATOR(\(h).-) own_columns)::text;
                    entry."values" := ((\(h).hstore(NEW.*) OPERATOR(\(h).-) \(h).hstore(OLD.*)) OPERATOR(\(h).-) own_columns)::text;
                    \(ignoreUnchanged)
                ELSE
                    entry.record_id := OLD.id;
                    entry.sfid := OLD.sfid;
                    entry.old := (\(h).hstore(OLD.*) OPERATOR(\(h).-) own_columns)::text;
                    \(ignoreUnknown)
                END IF;
                INSERT INTO \(s)._trigger_log SELECT entry.*;
                RETURN NULL;
            END;
            $$
            """
    }

    private static func status(_ table: TableSchema) -> String {
        let s = PostgresText.quoteIdentifier(table.schema)
        let name = PostgresText.quoteIdentifier("hc_\(table.table)_status")
        return """
            CREATE FUNCTION \(s).\(name)() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF public.get_xmlbinary() = 'base64' THEN
                    NEW._hc_lastop := 'PENDING';
                    NEW._hc_err := NULL;
                    RETURN NEW;
                END IF;
                IF TG_OP = 'UPDATE' AND NEW._hc_lastop IS NOT NULL AND OLD._hc_lastop IS DISTINCT FROM NEW._hc_lastop THEN
                    RETURN NEW;
                END IF;
                NEW._hc_lastop := 'SYNCED';
                NEW._hc_err := NULL;
                RETURN NEW;
            END;
            $$
            """
    }
}
