package import Postgres

/// Takes back what Sluice made in a schema, so that nothing captures there any more; tables, rows and the log stay, for people to keep or drop.
package struct CaptureRemoval: Sendable {
    private let schema: String

    package init(schema: String) {
        self.schema = schema
    }

    /// What stays: tables with their columns and rows, by name.
    ///
    /// - Throws: `PostgresError`.
    package func capturedTables(in session: PostgresSession) throws -> [String] {
        let triggers = try session.query(
            """
            SELECT c.relname::text AS name, t.tgname::text AS trigger
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(schema) AND NOT t.tgisinternal
            """, timeout: .seconds(10)
        ).map { (table: try $0.decode("name", as: String.self), trigger: try $0.decode("trigger", as: String.self)) }
        return Set(triggers.filter { Self.triggers(of: $0.table).contains($0.trigger) }.map(\.table)).sorted()
    }

    /// Both triggers of a table; and, of a long name, what Heroku Connect or an earlier Sluice let Postgres cut it to.
    private static func triggers(of table: String) -> Set<String> {
        let names = CaptureTriggers.names(table)
        return [
            names.logTrigger, names.statusTrigger, BoundName.cut("hc_\(table)_logtrigger"), BoundName.cut("hc_\(table)_status_trigger"),
        ]
    }

    /// Drops the triggers of all tables, with their functions.
    ///
    /// - Returns: the tables that had them.
    /// - Throws: `PostgresError`.
    package func run(in session: PostgresSession) throws -> [String] {
        let tables = try capturedTables(in: session)
        for table in tables {
            for trigger in Self.triggers(of: table) {
                try session.run(
                    "DROP TRIGGER IF EXISTS \(identifier: trigger) ON \(identifier: schema, table)", timeout: .seconds(30))
            }
            let names = CaptureTriggers.names(table)
            for function in [names.logger, names.status] {
                // One that people use in triggers of their own stays.
                try session.run("SAVEPOINT dropping")
                do {
                    try session.run("DROP FUNCTION IF EXISTS \(identifier: schema, function)()", timeout: .seconds(30))
                } catch let error as PostgresError where error.sqlState == "2BP01" {
                    try session.run("ROLLBACK TO SAVEPOINT dropping")
                }
            }
        }
        return tables
    }
}
