package import Postgres

/// What a schema is made of at one moment, as far as an adoption may change it: no rows.
package struct SchemaSnapshot: Sendable, Equatable {
    /// A part of a table, by name.
    package struct Part: Sendable, Hashable, Comparable {
        package let table: String
        package let name: String

        package init(_ table: String, _ name: String) {
            self.table = table
            self.name = name
        }

        package static func < (left: Part, right: Part) -> Bool { (left.table, left.name) < (right.table, right.name) }
    }

    /// What `_hcmeta` says of the schema's owner.
    package struct Meta: Sendable, Equatable, Codable {
        package var details: String?
        package var organizationID: String?

        package init(details: String?, organizationID: String?) {
            self.details = details
            self.organizationID = organizationID
        }
    }

    /// Schemas of the database.
    package var schemas: Set<String> = []
    /// Where hstore lives; nil where it is not installed.
    package var hstore: String?
    package var tables: Set<String> = []
    /// Types, by column.
    package var columns: [Part: String] = [:]
    /// Definitions, by table and index.
    package var indexes: [Part: String] = [:]
    /// Definitions, by table and trigger.
    package var triggers: [Part: String] = [:]
    /// Definitions, by the function's name and arguments as SQL spells them; the session marker's too.
    package var functions: [String: String] = [:]
    /// Nil where there is no `_hcmeta`, or it is empty.
    package var meta: Meta?

    package init() {}

    /// Looks: a handful of queries on the system's catalogs, whatever the size of the tables.
    ///
    /// - Throws: `PostgresError`.
    package static func take(of schema: String, in session: PostgresSession) throws -> SchemaSnapshot {
        var snapshot = SchemaSnapshot()
        let wait = InspectionPatience.query
        snapshot.schemas = Set(
            try session.query("SELECT nspname::text AS name FROM pg_namespace", timeout: wait).map {
                try $0.decode("name", as: String.self)
            })
        snapshot.hstore = try session.query(
            "SELECT n.nspname::text AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hstore'",
            timeout: wait
        ).first?.decode("name")
        for row in try session.query(
            """
            SELECT c.relname::text AS table_name, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname = \(schema) AND c.relkind IN ('r', 'p')
            """, timeout: wait)
        {
            let table: String = try row.decode("table_name")
            snapshot.tables.insert(table)
            guard let column: String = try row.decodeIfPresent("name") else { continue }
            snapshot.columns[Part(table, column)] = try row.decode("type")
        }
        snapshot.indexes = try parts(
            "SELECT tablename::text AS table_name, indexname::text AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = \(schema)",
            in: session)
        snapshot.triggers = try parts(
            """
            SELECT c.relname::text AS table_name, t.tgname::text AS name, pg_get_triggerdef(t.oid) AS definition
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(schema) AND NOT t.tgisinternal
            """, in: session)
        for row in try session.query(
            """
            SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name, pg_get_functiondef(p.oid) AS definition
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE p.prokind = 'f' AND (n.nspname = \(schema) OR n.nspname = 'public' AND p.proname = 'get_xmlbinary')
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
            """, timeout: wait)
        {
            snapshot.functions[try row.decode("name")] = try row.decode("definition")
        }
        if snapshot.tables.contains(TriggerLogInspection.meta) {
            let row = try session.query(
                "SELECT details, org_id FROM \(identifier: schema, TriggerLogInspection.meta) ORDER BY id LIMIT 1", timeout: wait
            ).first
            snapshot.meta = try row.map {
                Meta(details: try $0.decodeIfPresent("details"), organizationID: try $0.decodeIfPresent("org_id"))
            }
        }
        return snapshot
    }

    private static func parts(_ query: PostgresQuery, in session: PostgresSession) throws -> [Part: String] {
        Dictionary(
            try session.query(query, timeout: InspectionPatience.query).map {
                (Part(try $0.decode("table_name"), try $0.decode("name")), try $0.decode("definition"))
            }, uniquingKeysWith: { first, _ in first })
    }
}
