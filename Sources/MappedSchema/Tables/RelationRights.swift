import Postgres

/// The rights that roles have on a table or view and its columns.
enum RelationRights {
    /// Statements that give another relation the rights of one, and nothing besides.
    ///
    /// - Parameter name: the other's name as SQL spells it.
    /// - Throws: `PostgresError`.
    static func statements(of oid: Int64, for name: String, in session: PostgresSession) throws -> [String] {
        let user: String = try session.query("SELECT current_user AS name")[0].decode("name")
        let grants: [String] = try session.query(
            """
            SELECT format('GRANT %s%s ON %s TO %s%s', given.privilege_type, coalesce(' (' || quote_ident(given.attname) || ')', ''), \(name)::text,
                          CASE WHEN given.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(given.grantee)) END,
                          CASE WHEN given.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
            FROM (
                SELECT e.privilege_type, e.grantee, e.is_grantable, NULL::name AS attname FROM pg_class c, aclexplode(c.relacl) AS e WHERE c.oid = \(oid)::oid
                UNION ALL
                SELECT e.privilege_type, e.grantee, e.is_grantable, a.attname
                FROM pg_attribute a, aclexplode(a.attacl) AS e WHERE a.attrelid = \(oid)::oid AND a.attacl IS NOT NULL
            ) AS given
            """
        ).map { try $0.decode("statement") }
        return ["REVOKE ALL ON \(name) FROM PUBLIC, \(PostgresText.quoteIdentifier(user))"] + grants
    }
}
