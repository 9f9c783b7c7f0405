import Postgres

extension PostgresPool {
    /// How many sessions of this database run a statement that begins so; other tests run theirs in other databases.
    func running(_ beginning: String) async throws -> Int {
        try await query(
            """
            SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND starts_with(query, \(beginning))
            """
        ).count
    }
}
