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
        try session.query(
            """
            SELECT DISTINCT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = \(schema) AND NOT t.tgisinternal AND t.tgname IN (left('hc_' || c.relname || '_logtrigger', 63), left('hc_' || c.relname || '_status_trigger', 63))
            ORDER BY 1
            """, timeout: .seconds(10)
        ).map { try $0.decode("name", as: String.self) }
    }

    /// Drops the triggers of all tables, with their functions.
    ///
    /// - Returns: the tables that had them.
    /// - Throws: `PostgresError`.
    package func run(in session: PostgresSession) throws -> [String] {
        let tables = try capturedTables(in: session)
        for table in tables {
            for trigger in ["hc_\(table)_logtrigger", "hc_\(table)_status_trigger"] {
                try session.run(
                    "DROP TRIGGER IF EXISTS \(identifier: trigger) ON \(identifier: schema, table)", timeout: .seconds(30))
            }
            for function in ["hc_\(table)_logger", "hc_\(table)_status"] {
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
