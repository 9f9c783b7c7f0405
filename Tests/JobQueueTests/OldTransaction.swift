import Dispatch
import Eventually
import Postgres
import TestDatabase

/// Somebody's transaction that looked at the jobs once and keeps every dead row since.
final class OldTransaction: Sendable {
    private let connection: PostgresConnection
    private let release = DispatchSemaphore(value: 0)
    private let holding: Task<Void, any Error>

    /// Opens one in a database where nobody else has any.
    init(in database: TestDatabase, seenBy pool: PostgresPool) async throws {
        let (connection, release) = (try PostgresConnection(configuration: database.configuration), release)
        self.connection = connection
        holding = Task {
            try await connection.withSession { session in
                try session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
                try session.run("SELECT count(*) FROM sluice.jobs")
                release.wait()
                try session.run("ROLLBACK")
            }
        }
        try await eventually("the old transaction is open") {
            try await pool.query(
                """
                SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND state = 'idle in transaction' AND backend_xmin IS NOT NULL
                """
            ).count == 1
        }
    }

    deinit { release.signal() }

    /// Ends it.
    func end() async throws {
        release.signal()
        try await holding.value
        await connection.close()
    }
}
