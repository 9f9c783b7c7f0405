package import Postgres

/// Whose a load's stage is, written on it: a load that ended without its end, or whose mapping is gone, leaves it behind, and only its maker can know.
package struct StageMark: Sendable, Equatable {
    /// The table, in the schema of stages.
    package let table: String
    /// The job whose stage it is.
    package let jobID: Int64

    private static func text(_ jobID: Int64, _ owner: String) -> String { "job \(jobID) of \(owner)" }

    /// - Parameter owner: the control database whose job it is.
    /// - Throws: `PostgresError`.
    package static func put(on stage: StageTable, jobID: Int64, owner: String, in session: PostgresSession) throws {
        try session.run("COMMENT ON TABLE \(fragment: stage.name) IS \(literal: text(jobID, owner))")
    }

    /// The stages of one control database's jobs.
    ///
    /// - Throws: `PostgresError`.
    package static func all(of owner: String, in session: PostgresSession) throws -> [StageMark] {
        try session.query(
            """
            SELECT c.relname::text AS name, (regexp_match(d.description, '^job ([0-9]+) of '))[1]::bigint AS job
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
            WHERE n.nspname = \(TargetMetadata.stagingSchema) AND c.relkind = 'r' AND d.description ~ ('^job [0-9]+ of ' || \(owner) || '$')
            """
        ).map { StageMark(table: try $0.decode("name"), jobID: try $0.decode("job")) }
    }

    /// Drops the stage with its pages, and the heap beside it.
    ///
    /// - Throws: `PostgresError`, such as 55P03 when somebody uses it for longer than a second.
    package func drop(in session: PostgresSession) throws {
        try session.run("SET LOCAL lock_timeout TO '1s'")
        for name in [table, table + "_heap"] {
            try session.run("DROP TABLE IF EXISTS \(identifier: TargetMetadata.stagingSchema, name) CASCADE")
        }
    }
}
