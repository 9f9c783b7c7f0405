import Foundation
package import MappedSchema
package import Postgres

/// Looks at a mapped schema without changing anything: a handful of queries on the system's catalogs, whatever the size of the tables.
package struct MappedSchemaInspection: Sendable {
    private let schema: String
    private let tables: [(object: String, shape: TableSchema)]
    private let ownership: SchemaOwnership

    /// - Parameter tables: mapped objects, by name, with the shape that their last load settled; those that were never loaded have no table to look at.
    package init(schema: String, tables: [(object: String, shape: TableSchema)], ownership: SchemaOwnership) {
        self.schema = schema
        self.tables = tables
        self.ownership = ownership
    }

    /// Looks.
    ///
    /// - Throws: `PostgresError`.
    package func look(in session: PostgresSession) throws -> MappedSchemaFacts {
        var facts = try surroundings(in: session)
        guard facts.exists else { return facts }
        if try ownership.isForeign(in: session) { facts.foreignOwner = "another connection" }
        let relations = try relations(in: session)
        facts.missingMetadata = TriggerLogInspection.metadataTables.filter { relations[$0] == nil }
        facts.captureSwitches = try captureSwitches(in: session)
        facts.log = relations[TriggerLogInspection.log] == nil ? nil : try TriggerLogInspection(schema: schema).look(in: session)
        let triggers = try TriggerInspection(schema: schema).look(hstore: facts.hstoreSchema ?? "public", tables.map(\.shape), in: session)
        let indexes = try IndexInspection(schema: schema).look(tables.map(\.shape), in: session)
        let writers =
            relations[TriggerLogInspection.log] == nil
            ? [:]
            : try WriterInspection(schema: schema, hstore: facts.hstoreSchema ?? "public").look(tables.map(\.shape.table), in: session)
        for (object, shape) in tables {
            var table = MappedTableFacts(objectName: object, table: shape.table, isWritable: shape.isWritable)
            if let relation = relations[shape.table] {
                table.missingColumns = (shape.columns.map(\.name) + ["id", "sfid", "_hc_lastop", "_hc_err"]).filter {
                    !relation.columns.contains($0)
                }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
                table.triggers = triggers[shape.table] ?? []
                table.missingIndexes = indexes[shape.table] ?? []
                table.withoutAutovacuum = relation.withoutAutovacuum
                table.lastID = relation.lastID
                table.missingRights = relation.missingRights
                table.writers = writers[shape.table] ?? []
            } else {
                table.exists = false
            }
            facts.tables.append(table)
        }
        return facts
    }

    private func surroundings(in session: PostgresSession) throws -> MappedSchemaFacts {
        let row = try session.query(
            """
            SELECT current_user::text AS role, clock_timestamp() AS now, n.oid IS NOT NULL AS is_there,
                (SELECT e.nspname::text FROM pg_extension x JOIN pg_namespace e ON e.oid = x.extnamespace WHERE x.extname = 'hstore') AS hstore,
                EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hstore') AS hstore_available,
                has_database_privilege(current_database(), 'CREATE') AS may_create,
                array_remove(ARRAY[
                    CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'USAGE on the schema' END,
                    CASE WHEN NOT has_schema_privilege(n.oid, 'CREATE') THEN 'CREATE on the schema' END,
                    CASE WHEN NOT has_database_privilege(current_database(), 'TEMPORARY') THEN 'TEMPORARY on the database' END
                ], NULL) AS lacks
            FROM (SELECT) AS one LEFT JOIN pg_namespace n ON n.nspname = \(schema)
            """, timeout: InspectionPatience.query)[0]
        var facts = MappedSchemaFacts(schema: schema, role: try row.decode("role"), now: try row.decode("now"))
        facts.exists = try row.decode("is_there")
        facts.hstoreSchema = try row.decodeIfPresent("hstore")
        facts.hstoreIsAvailable = try row.decode("hstore_available")
        facts.mayMakeExtension = try row.decode("may_create")
        if facts.exists { facts.missingRights = try row.decode("lacks") }
        return facts
    }

    /// A table of the schema.
    private struct Relation {
        let columns: Set<String>
        let withoutAutovacuum: Bool
        let lastID: Int64?
        let missingRights: [String]
    }

    private func relations(in session: PostgresSession) throws -> [String: Relation] {
        let names = tables.map(\.shape.table) + TriggerLogInspection.metadataTables
        let rows = try session.query(
            """
            SELECT c.relname::text AS name,
                ARRAY (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
                \(fragment: InspectionPatience.autovacuumIsOff) AS without_autovacuum,
                (SELECT pg_sequence_last_value(s.seqrelid) FROM pg_sequence s
                 WHERE s.seqrelid = pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), id.attname)::regclass AND id.atttypid = 'int4'::regtype
                ) AS last_id,
                array_remove(ARRAY[
                    CASE WHEN NOT has_table_privilege(c.oid, 'SELECT') THEN 'SELECT' END,
                    CASE WHEN NOT has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
                    CASE WHEN NOT has_table_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
                    CASE WHEN NOT has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END,
                    CASE WHEN NOT pg_has_role(c.relowner, 'USAGE') THEN 'ownership' END
                ], NULL) AS lacks
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_attribute id ON id.attrelid = c.oid AND id.attname = 'id' AND NOT id.attisdropped
            WHERE n.nspname = \(schema) AND c.relname = ANY (\(names)::text[]) AND c.relkind IN ('r', 'p')
            """, timeout: InspectionPatience.query)
        return Dictionary(
            try rows.map { row in
                (
                    try row.decode("name", as: String.self),
                    Relation(
                        columns: Set(try row.decode("columns", as: [String].self)), withoutAutovacuum: try row.decode("without_autovacuum"),
                        lastID: try row.decodeIfPresent("last_id"), missingRights: try row.decode("lacks"))
                )
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Settings that make sessions look like Sluice's own, or that keep triggers from firing.
    private func captureSwitches(in session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT setting || coalesce(' of the role ' || r.rolname, ' of the database') AS text
            FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
            CROSS JOIN LATERAL unnest(s.setconfig) AS setting
            WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
            AND (s.setrole <> 0 OR s.setdatabase <> 0)
            AND (lower(setting) = 'xmlbinary=hex' OR lower(setting) = 'session_replication_role=replica')
            AND (r.rolname IS NULL OR r.rolname <> current_user)
            ORDER BY 1
            """, timeout: InspectionPatience.query
        ).map { try $0.decode("text") }
    }
}

/// What the queries of an inspection share.
enum InspectionPatience {
    /// A diagnosis must not become the trouble.
    static let query = Duration.seconds(15)

    /// Whether a table `c` of pg_class tells autovacuum to leave it alone.
    static let autovacuumIsOff: PostgresQuery =
        "EXISTS (SELECT FROM unnest(c.reloptions) AS option WHERE lower(option) ~ '^autovacuum_enabled=(false|off|no|0|f|n)$')"
}
