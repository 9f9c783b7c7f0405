public import Logging

/// One numbered SQL file.
public struct PostgresMigration: Sendable {
    /// Position in the order of all migrations; never reused.
    public let number: Int
    /// What it does, in a few words.
    public let name: String
    /// The SQL text; runs in one transaction.
    public let sql: String

    /// A migration.
    ///
    /// - Parameter sql: a C string, as embedded files are.
    public init(number: Int, name: String, sql: UnsafePointer<CChar>) {
        self.number = number
        self.name = name
        self.sql = String(cString: sql)
    }
}

/// Applies numbered migrations in order, each once, under an advisory lock, so that several processes may start together.
public struct PostgresMigrator: Sendable {
    private let schema: String
    private let migrations: [PostgresMigration]

    /// Takes migrations in any order.
    ///
    /// - Parameter schema: is created when missing and holds the table `migrations`.
    public init(schema: String, migrations: [PostgresMigration]) {
        self.schema = schema
        self.migrations = migrations.sorted { $0.number < $1.number }
        precondition(Set(migrations.map(\.number)).count == migrations.count, "two migrations share a number")
    }

    /// Brings the database up to date.
    ///
    /// - Returns: the numbers applied by this call.
    /// - Throws: `PostgresError`; with code `.migration` when an applied file was edited.
    public func migrate(_ pool: PostgresPool, logger: Logger) async throws -> [Int] {
        try await pool.transaction { session in
            // The lock goes with the transaction; others wait here, then find nothing to do.
            try session.run("SELECT pg_advisory_xact_lock(hashtextextended(\(schema + ".migrations"), 0))", timeout: .seconds(120))
            try session.run("CREATE SCHEMA IF NOT EXISTS \(identifier: schema)")
            try session.run(
                """
                CREATE TABLE IF NOT EXISTS \(identifier: schema, "migrations") (
                    number integer PRIMARY KEY,
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """)
            let rows = try session.query("SELECT number, checksum FROM \(identifier: schema, "migrations")")
            let applied = Dictionary(
                uniqueKeysWithValues: try rows.map { (try $0.decode("number", as: Int.self), try $0.decode("checksum", as: String.self)) })
            var new: [Int] = []
            for migration in migrations {
                let checksum = try session.query("SELECT md5(\(migration.sql)) AS checksum")[0].decode("checksum", as: String.self)
                if let known = applied[migration.number] {
                    guard known == checksum else {
                        throw PostgresError(
                            code: .migration, message: "migration \(migration.number) \(migration.name) was edited after it was applied")
                    }
                    continue
                }
                try session.script(migration.sql, timeout: .seconds(600))
                try session.run(
                    "INSERT INTO \(identifier: schema, "migrations") (number, name, checksum) VALUES (\(migration.number), \(migration.name), \(checksum))"
                )
                logger.info("Migration applied", metadata: ["number": "\(migration.number)", "name": "\(migration.name)"])
                new.append(migration.number)
            }
            return new
        }
    }

    /// Numbers that the database lacks.
    ///
    /// - Throws: `PostgresError`.
    public func pending(_ pool: PostgresPool) async throws -> [Int] {
        do {
            let rows = try await pool.query("SELECT number FROM \(identifier: schema, "migrations")")
            let applied = Set(try rows.map { try $0.decode("number", as: Int.self) })
            return migrations.map(\.number).filter { !applied.contains($0) }
        } catch let error as PostgresError
            where error.sqlState == PostgresError.undefinedTable || error.sqlState == PostgresError.undefinedSchema
        {
            return migrations.map(\.number)
        }
    }
}
