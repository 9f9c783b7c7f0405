import Postgres

/// Views, materialized views and rules that stand on a column: Postgres changes no type beneath them. They are dropped and made again in the caller's
/// transaction, with owner, rights, comments, defaults, indexes and triggers, so that nobody sees them gone.
struct DependentViews: Sendable {
    /// A statement that takes something away, and those that bring it back.
    private struct Object {
        let name: String
        let drop: String
        var make: [String]
    }

    private let objects: [Object]

    /// What they are called, for people.
    var names: [String] { objects.map(\.name) }

    /// Finds them; those that stand on others come last.
    ///
    /// - Throws: `PostgresError`.
    init(onColumn column: String, of table: TableSchema, in session: PostgresSession) throws {
        let rows = try session.query(
            """
            WITH RECURSIVE standing AS (
                SELECT r.oid AS rule, r.ev_class AS class, 1 AS depth
                FROM pg_depend d
                JOIN pg_rewrite r ON r.oid = d.objid
                JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
                  AND d.refobjid = \(PostgresText.quoteIdentifier(table.schema) + "." + PostgresText.quoteIdentifier(table.table))::regclass
                  AND a.attname = \(column)
                UNION
                SELECT r.oid, r.ev_class, s.depth + 1
                FROM standing s
                JOIN pg_class c ON c.oid = s.class AND c.relkind IN ('v', 'm')
                JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.class AND d.classid = 'pg_rewrite'::regclass
                JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> s.class
                WHERE s.depth < 100
            )
            SELECT c.oid::bigint AS class, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, r.rulename = '_RETURN' AND c.relkind IN ('v', 'm') AS is_view,
                   r.rulename AS rule_name, pg_get_ruledef(r.oid) AS rule_definition
            FROM (SELECT rule, class, max(depth) AS depth FROM standing GROUP BY rule, class) AS s
            JOIN pg_class c ON c.oid = s.class
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_rewrite r ON r.oid = s.rule
            ORDER BY s.depth, s.rule
            """)
        objects = try rows.map { row in
            let name: String = try row.decode("name")
            if try row.decode("is_view", as: Bool.self) { return try Self.view(try row.decode("class"), name, in: session) }
            let rule: String = try row.decode("rule_name")
            return Object(
                name: "the rule \(rule) of \(name)", drop: "DROP RULE \(PostgresText.quoteIdentifier(rule)) ON \(name)",
                make: [try row.decode("rule_definition")])
        }
    }

    /// Does something while they are away.
    ///
    /// - Throws: what `body` throws; `PostgresError` when something that is not known here stands on one of them.
    func setAside(in session: PostgresSession, _ body: () throws -> Void) throws {
        for object in objects.reversed() { try session.run(PostgresQuery(sql: object.drop)) }
        try body()
        for statement in objects.flatMap(\.make) { try session.run(PostgresQuery(sql: statement), timeout: .seconds(3600)) }
    }

    private static func view(_ oid: Int64, _ name: String, in session: PostgresSession) throws -> Object {
        let row = try session.query(
            """
            SELECT relkind = 'm' AS is_materialized, relispopulated AS is_filled, rtrim(pg_get_viewdef(oid), '; ' || chr(10)) AS definition,
                   pg_get_userbyid(relowner) AS owner, array_to_string(reloptions, ', ') AS options, relacl IS NOT NULL OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = pg_class.oid AND a.attacl IS NOT NULL) AS has_rights
            FROM pg_class WHERE oid = \(oid)::oid
            """)[0]
        let isMaterialized: Bool = try row.decode("is_materialized")
        let kind = isMaterialized ? "MATERIALIZED VIEW" : "VIEW"
        let options = try row.decodeIfPresent("options", as: String.self).map { " WITH (\($0))" } ?? ""
        let filled = isMaterialized ? (try row.decode("is_filled", as: Bool.self) ? " WITH DATA" : " WITH NO DATA") : ""
        let owner = PostgresText.quoteIdentifier(try row.decode("owner"))
        var make = ["CREATE \(kind) \(name)\(options) AS \(try row.decode("definition", as: String.self))\(filled)"]
        make += try statements(of: oid, name, kind, in: session)
        if try row.decode("has_rights", as: Bool.self) { make += try RelationRights.statements(of: oid, for: name, in: session) }
        make.append("ALTER \(kind) \(name) OWNER TO \(owner)")
        return Object(name: name, drop: "DROP \(kind) \(name)", make: make)
    }

    /// Comments, defaults, indexes, triggers and further rules of a view.
    private static func statements(of oid: Int64, _ name: String, _ kind: String, in session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT format('COMMENT ON %s %s IS %L', CASE WHEN d.objsubid = 0 THEN \(kind) ELSE 'COLUMN' END,
                          \(name)::text || coalesce('.' || quote_ident(a.attname), ''), d.description) AS statement
            FROM pg_description d LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0
            WHERE d.classoid = 'pg_class'::regclass AND d.objoid = \(oid)::oid
            UNION ALL
            SELECT format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', \(name)::text, a.attname, pg_get_expr(f.adbin, f.adrelid))
            FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum WHERE f.adrelid = \(oid)::oid
            UNION ALL
            SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = \(oid)::oid
            UNION ALL
            SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = \(oid)::oid AND NOT tgisinternal
            UNION ALL
            SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class = \(oid)::oid AND rulename <> '_RETURN'
            """
        ).map { try $0.decode("statement") }
    }
}
