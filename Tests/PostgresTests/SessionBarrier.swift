import Eventually
import Postgres
import TestDatabase

/// Holds sessions of a test's database up until so many have come, so that they are known to be there at the same time.
struct SessionBarrier {
    /// What a session runs to stand before the barrier until it is open.
    static let pass: PostgresQuery = "SELECT pg_advisory_lock_shared(4712), pg_advisory_unlock_shared(4712)"

    private let keeper: PostgresConnection

    init(_ database: TestDatabase) throws { keeper = try PostgresConnection(configuration: database.configuration) }

    func close() async throws { try await keeper.withSession { _ = try $0.run("SELECT pg_advisory_lock(4712)") } }

    func open(whenWaiting count: Int) async throws {
        try await eventually("\(count) sessions stand before the barrier") {
            try await keeper.withSession { session in
                try session.query(
                    """
                    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4712 AND NOT granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """
                ).count
            } == count
        }
        try await keeper.withSession { _ = try $0.run("SELECT pg_advisory_unlock(4712)") }
    }

    func end() async { await keeper.close() }
}
