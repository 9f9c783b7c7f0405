import Postgres

// The schema of stages, which all roles share that Sluice works as in one database.
extension TargetMetadata {
    /// Tables there that are no one load's. Whoever may use the schema uses them.
    private static let sharedTables = ["fences", "deleted_rows"]

    /// Makes the schema, or looks whether this role may use the one that another has made.
    ///
    /// - Throws: `MappedSchemaError` with code `.badConfiguration` that says what to run; `PostgresError`.
    static func ensureStaging(in session: PostgresSession) throws {
        try ensureSchema(stagingSchema, in: session)
        let rights = try session.query(
            """
            SELECT current_user::text AS role, pg_get_userbyid(nspowner)::text AS owner,
                   has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE') AS may_use
            FROM pg_namespace WHERE nspname = \(stagingSchema)
            """)
        guard let row = rights.first, try !row.decode("may_use", as: Bool.self) else { return try share(in: session) }
        let (role, owner): (String, String) = (try row.decode("role"), try row.decode("owner"))
        throw MappedSchemaError(
            code: .badConfiguration,
            message:
                "the role \(role) may not use the schema \(stagingSchema), which \(owner) owns: run GRANT USAGE, CREATE ON SCHEMA \(stagingSchema) TO \(PostgresText.quoteIdentifier(role)) as \(owner)"
        )
    }

    /// Lets every role that may use the schema use the tables that this role has made for all.
    static func share(in session: PostgresSession) throws {
        let mine = try session.query(
            """
            SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(stagingSchema) AND c.relname = ANY (\(sharedTables)::text[]) AND pg_has_role(c.relowner, 'USAGE')
              AND NOT has_table_privilege('public', c.oid, 'UPDATE')
            """)
        for row in mine {
            try session.run(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON \(identifier: stagingSchema, row.decode("name", as: String.self)) TO PUBLIC")
        }
    }
}
