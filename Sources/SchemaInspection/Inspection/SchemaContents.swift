package import MappedSchema
package import Postgres

/// What stands in a schema that a connection may be given, before anybody has touched it.
package struct SchemaContents: Sendable, Equatable {
    /// A table of it.
    package struct Table: Sendable, Equatable {
        package let name: String
        /// Whether it has the columns of a mapped table.
        package let isMapped: Bool
        /// Rows, as the planner estimates them; nil where it never looked.
        package let rows: Int?

        package init(name: String, isMapped: Bool, rows: Int?) {
            self.name = name
            self.isMapped = isMapped
            self.rows = rows
        }
    }

    /// The role by which Sluice comes.
    package var role = ""
    package var exists = false
    /// Whether the role may make the schema where there is none, and tables in it where there is one.
    package var mayCreate = true
    /// The tables, by name, without the metadata tables.
    package var tables: [Table] = []
    /// Who keeps it in step.
    package var owner: SchemaOwnership.Owner?
    /// The org whose records it holds.
    package var organizationID: String?

    package init() {}

    /// Looks: two queries on the system's catalogs, whatever the size of the tables.
    ///
    /// - Throws: `PostgresError`.
    package static func look(at schema: String, in session: PostgresSession) throws -> SchemaContents {
        var contents = SchemaContents()
        let row = try session.query(
            """
            SELECT current_user::text AS role, n.oid IS NOT NULL AS is_there,
                CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
                ELSE has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE') END AS may_create
            FROM (SELECT) AS one LEFT JOIN pg_namespace n ON n.nspname = \(schema)
            """, timeout: InspectionPatience.query)[0]
        contents.role = try row.decode("role")
        contents.exists = try row.decode("is_there")
        contents.mayCreate = try row.decode("may_create")
        contents.tables = try session.query(
            """
            SELECT c.relname::text AS name, nullif(c.reltuples, -1)::bigint AS rows, (
                SELECT count(*) = 4 FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname IN ('id', 'sfid', '_hc_lastop', '_hc_err') AND NOT a.attisdropped) AS is_mapped
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(schema) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
              AND c.relname <> ALL (\(TriggerLogInspection.metadataTables + ["_sf_event_log"])::text[])
            ORDER BY c.relname
            """, timeout: InspectionPatience.query
        ).map { Table(name: try $0.decode("name"), isMapped: try $0.decode("is_mapped"), rows: try $0.decodeIfPresent("rows")) }
        // Who may not use the schema may not read in it either.
        if contents.exists, contents.mayCreate, let found = try SchemaOwnership.recorded(of: schema, in: session) {
            (contents.owner, contents.organizationID) = found
        }
        return contents
    }
}
