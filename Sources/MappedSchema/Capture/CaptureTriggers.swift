package import Postgres

/// The two triggers of a mapped table and their functions (heroku-connect.md 2.5): one captures what people change into the trigger log,
/// one keeps `_hc_lastop` and `_hc_err`.
///
/// A session with `xmlbinary` = `hex` is Sluice's own: what it writes is not captured.
package enum CaptureTriggers {
    /// The names of a table's two triggers and their functions.
    private struct Names {
        let logTrigger: String
        let logger: String
        let statusTrigger: String
        let status: String

        init(_ table: String) {
            logTrigger = BoundName.of("hc_\(table)_logtrigger")
            logger = BoundName.of("hc_\(table)_logger")
            statusTrigger = BoundName.of("hc_\(table)_status_trigger")
            status = BoundName.of("hc_\(table)_status")
        }
    }

    /// Makes or replaces the capture; leaves an existing status function alone, since users patch it in place.
    ///
    /// - Throws: `PostgresError`.
    package static func ensure(_ table: TableSchema, in session: PostgresSession) throws {
        let hstore = try TargetMetadata.hstoreSchema(in: session)
        let names = Names(table.table)
        try session.script(logger(table, names, hstore: hstore))
        if try !functionExists(schema: table.schema, name: names.status, in: session) {
            try session.script(status(table, names))
        }
        let qualified: PostgresQuery = "\(identifier: table.schema, table.table)"
        // Earlier versions let Postgres cut the names, and two of them to one.
        let cut = BoundName.cut("hc_\(table.table)_logtrigger")
        if cut != names.logTrigger { try session.run("DROP TRIGGER IF EXISTS \(identifier: cut) ON \(fragment: qualified)") }
        if try !triggerExists(names.logTrigger, on: table, in: session) {
            try session.run(
                """
                CREATE TRIGGER \(identifier: names.logTrigger) AFTER INSERT OR DELETE OR UPDATE ON \(fragment: qualified)
                FOR EACH ROW WHEN ((public.get_xmlbinary()::text = 'base64'::text))
                EXECUTE FUNCTION \(identifier: table.schema, names.logger)()
                """)
        }
        if try !triggerExists(names.statusTrigger, on: table, in: session) {
            try session.run(
                """
                CREATE TRIGGER \(identifier: names.statusTrigger) BEFORE INSERT OR UPDATE ON \(fragment: qualified)
                FOR EACH ROW EXECUTE FUNCTION \(identifier: table.schema, names.status)()
                """)
        }
    }

    /// What a table's two triggers and their functions are called, as Postgres keeps names.
    package static func names(_ table: String) -> (logTrigger: String, logger: String, statusTrigger: String, status: String) {
        let names = Names(table)
        return (names.logTrigger, names.logger, names.statusTrigger, names.status)
    }

    /// The body of the function that captures a table's changes, as `pg_proc.prosrc` keeps it.
    package static func loggerSource(_ table: TableSchema, hstore: String) -> String {
        let parts = logger(table, Names(table.table), hstore: hstore).split(separator: "$$", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? String(parts[1]) : ""
    }

    /// Ends the capture of tables that no mapping names any more; the tables stay. Left alone are triggers whose function is not of Sluice's making, and
    /// tables of roles that this one is no member of.
    ///
    /// - Returns: the tables.
    /// - Throws: `PostgresError`, such as 55P03 when somebody uses a table for longer than a second.
    package static func dropOrphans(schema: String, mapped: [String], in session: PostgresSession) throws -> [String] {
        let found = try session.query(
            """
            SELECT c.relname::text AS name, t.tgname::text AS trigger, p.prosrc AS source
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE n.nspname = \(schema) AND p.pronamespace = n.oid AND NOT t.tgisinternal AND c.relname <> ALL (\(mapped)::text[])
              AND pg_has_role(c.relowner, 'USAGE')
            """)
        guard !found.isEmpty else { return [] }
        let hstore = try TargetMetadata.hstoreSchema(in: session)
        let sources = [true, false].map { isWritable in
            loggerSource(
                TableSchema(
                    objectName: "", schema: schema, table: "", columns: [], isWritable: isWritable, upsertColumn: nil, indexes: []),
                hstore: hstore)
        }
        var orphans: [String] = []
        for row in found {
            let (name, trigger): (String, String) = (try row.decode("name"), try row.decode("trigger"))
            guard trigger == Names(name).logTrigger, sources.contains(try row.decode("source", as: String.self)) else { continue }
            orphans.append(name)
        }
        guard !orphans.isEmpty else { return [] }
        try session.run("SET LOCAL lock_timeout TO '1s'")
        for name in orphans {
            for trigger in [Names(name).logTrigger, Names(name).statusTrigger] {
                try session.run("DROP TRIGGER IF EXISTS \(identifier: trigger) ON \(identifier: schema, name)")
            }
        }
        return orphans
    }

    private static func functionExists(schema: String, name: String, in session: PostgresSession) throws -> Bool {
        try session.query(
            "SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = \(schema) AND p.proname = \(name)"
        ).count > 0
    }

    private static func triggerExists(_ name: String, on table: TableSchema, in session: PostgresSession) throws -> Bool {
        try session.query(
            """
            SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(table.schema) AND c.relname = \(table.table) AND t.tgname = \(name)
            """
        ).count > 0
    }

    /// The function sees a session's settings, and what it writes must not depend on them. Setting them with the function would cost as much as the
    /// rest of it, row by row, so they are looked at, and changed for as long as it runs only where they differ. It runs as its owner: who may
    /// change the table needs no rights on the log.
    private static func logger(_ table: TableSchema, _ names: Names, hstore: String) -> String {
        let s = PostgresText.quoteIdentifier(table.schema)
        let h = PostgresText.quoteIdentifier(hstore)
        let name = PostgresText.quoteIdentifier(names.logger)
        let sequence = PostgresText.quoteLiteral("\(s)._trigger_log_id_seq")
        // What needs no sync is still recorded, as IGNORE; read-only mappings record everything as READONLY.
        let captured = table.isWritable ? "'NEW'" : "'READONLY'"
        let capturedUpdate =
            table.isWritable ? "CASE WHEN changed OPERATOR(pg_catalog.=) '' THEN 'IGNORE' ELSE 'NEW' END" : captured
        let capturedDelete = table.isWritable ? "CASE WHEN OLD.sfid IS NULL THEN 'IGNORE' ELSE 'NEW' END" : captured
        func insert(_ state: String, _ columns: [(name: String, value: String)]) -> String {
            """
            INSERT INTO \(s)._trigger_log (id, txid, created_at, state, action, table_name, \(columns.map(\.name).joined(separator: ", ")))
                    VALUES (pg_catalog.nextval(\(sequence)), pg_catalog.txid_current(), pg_catalog.clock_timestamp(), \(state), TG_OP,
                            TG_TABLE_NAME, \(columns.map(\.value).joined(separator: ", ")));
            """
        }
        let old = "(old_row OPERATOR(\(h).-) own_columns)::text"
        return """
            CREATE OR REPLACE FUNCTION \(s).\(name)() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            -- VERSION 4 --
            DECLARE
                own_columns text[] := ARRAY['_hc_lastop', '_hc_err'];
                old_row \(h).hstore;
                changed text;
                styles text[];
            BEGIN
                IF pg_catalog.current_setting('DateStyle') OPERATOR(pg_catalog.!~~) 'ISO%'
                    OR pg_catalog.current_setting('IntervalStyle') OPERATOR(pg_catalog.<>) 'postgres'
                    OR pg_catalog.current_setting('extra_float_digits')::pg_catalog.int4 OPERATOR(pg_catalog.<) 1
                THEN
                    styles := ARRAY[pg_catalog.current_setting('DateStyle'), pg_catalog.current_setting('IntervalStyle'),
                                    pg_catalog.current_setting('extra_float_digits')];
                    PERFORM pg_catalog.set_config('DateStyle', 'ISO', true), pg_catalog.set_config('IntervalStyle', 'postgres', true),
                            pg_catalog.set_config('extra_float_digits', '1', true);
                END IF;
                IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
                    old_row := \(h).hstore(OLD.*);
                    changed := ((\(h).hstore(NEW.*) OPERATOR(\(h).-) old_row) OPERATOR(\(h).-) own_columns)::text;
                    \(insert(capturedUpdate, [("record_id", "NEW.id"), ("sfid", "OLD.sfid"), ("old", old), ("\"values\"", "changed")]))
                ELSIF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
                    \(insert(captured, [("record_id", "NEW.id"), ("\"values\"", "(\(h).hstore(NEW.*) OPERATOR(\(h).-) own_columns)::text")]))
                ELSE
                    old_row := \(h).hstore(OLD.*);
                    \(insert(capturedDelete, [("record_id", "OLD.id"), ("sfid", "OLD.sfid"), ("old", old)]))
                END IF;
                IF styles IS NOT NULL THEN
                    PERFORM pg_catalog.set_config('DateStyle', styles[1], true), pg_catalog.set_config('IntervalStyle', styles[2], true),
                            pg_catalog.set_config('extra_float_digits', styles[3], true);
                END IF;
                RETURN NULL;
            END;
            $$
            """
    }

    /// A row that an update leaves as it was keeps what it says of its last write: nothing waits. What has its value already is not assigned: each
    /// assignment makes the row anew, for every row of a bulk UPDATE.
    private static func status(_ table: TableSchema, _ names: Names) -> String {
        let s = PostgresText.quoteIdentifier(table.schema)
        let name = PostgresText.quoteIdentifier(names.status)
        return """
            CREATE FUNCTION \(s).\(name)() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF public.get_xmlbinary() = 'base64' THEN
                    IF TG_OP = 'UPDATE' THEN
                        IF NEW._hc_lastop IS DISTINCT FROM OLD._hc_lastop OR NEW._hc_err IS DISTINCT FROM OLD._hc_err THEN
                            NEW._hc_lastop := OLD._hc_lastop;
                            NEW._hc_err := OLD._hc_err;
                        END IF;
                        IF NEW OPERATOR(pg_catalog.*=) OLD THEN RETURN NEW; END IF;
                    END IF;
                    NEW._hc_lastop := 'PENDING';
                    IF NEW._hc_err IS NOT NULL THEN NEW._hc_err := NULL; END IF;
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
