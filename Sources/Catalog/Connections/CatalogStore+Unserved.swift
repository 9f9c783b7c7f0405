public import Foundation
import JobQueue
import Postgres

/// A connection that workers leave to others, because their environment lacks what it names.
public struct UnservedConnection: Sendable, Hashable {
    /// The connection.
    public let id: UUID
    /// What people call it.
    public let name: String
    /// What is missing, in the words of those workers.
    public let reason: String
    /// How many live workers leave it to others.
    public let workers: Int
    /// Whether there are no others, so that its jobs wait.
    public let byNobody: Bool

    init(row: PostgresRow) throws {
        id = try row.decode("connection_id")
        name = try row.decode("connection")
        reason = try row.decode("reason")
        workers = try row.decode("workers")
        byNobody = try row.decode("by_nobody")
    }
}

extension CatalogStore {
    /// How the description of a connection begins that no live worker serves.
    private static let nobody = "No live worker can work for this connection: "

    /// Every connection whose target database's address is in an environment variable.
    ///
    /// - Throws: `PostgresError`, `CatalogError`.
    public func connectionsNamingVariables() async throws -> [Connection] {
        try await pool.query(
            .prepared("SELECT * FROM sluice.connections WHERE database_url_sealed IS NULL AND db_key IS NOT NULL"), timeout: .seconds(10)
        ).map(Connection.init(row:))
    }

    /// Keeps what a worker leaves to others, in place of what it left so far. What is new becomes an event of its connection.
    ///
    /// - Parameter reasons: what is missing, by connection.
    /// - Throws: `PostgresError`.
    public func setUnserved(by worker: String, _ reasons: [UUID: String]) async throws {
        let rows = Array(reasons)
        try await pool.run(
            """
            WITH given AS (
                SELECT c.id, given.reason FROM unnest(\(rows.map(\.key))::uuid[], \(rows.map(\.value))::text[]) AS given(id, reason)
                JOIN sluice.connections c ON c.id = given.id
            ), served AS (
                DELETE FROM sluice.unserved u
                WHERE u.worker = \(worker) AND u.connection_id NOT IN (SELECT id FROM given)
            ), kept AS (
                INSERT INTO sluice.unserved (worker, connection_id, reason) SELECT \(worker), id, reason FROM given
                ON CONFLICT (worker, connection_id) DO UPDATE SET reason = excluded.reason WHERE unserved.reason <> excluded.reason
                RETURNING connection_id, reason
            )
            INSERT INTO sluice.events (level, connection_id, message)
            SELECT 'warning', connection_id, 'The worker ' || \(worker) || ' leaves its jobs to others: ' || reason FROM kept
            """, timeout: .seconds(10))
    }

    /// What live workers leave to others, by name.
    ///
    /// - Throws: `PostgresError`.
    public func unserved() async throws -> [UnservedConnection] {
        try await pool.query("SELECT * FROM sluice.unserved_connections ORDER BY connection, connection_id", timeout: .seconds(10))
            .map(UnservedConnection.init(row:))
    }

    /// Says on connections that no live worker serves why that is so, beside a state that stays as it is, raises a notification, and takes back
    /// what is not so any more. Forgets what workers said that are gone.
    ///
    /// - Throws: `PostgresError`.
    public func describeUnserved() async throws {
        try await pool.transaction { session in
            try session.run(
                .prepared(
                    """
                    DELETE FROM sluice.unserved u
                    WHERE u.since < sluice.clock() - interval '1 minute'
                      AND NOT \(fragment: JobQueue.lives("u.worker"))
                    """), timeout: .seconds(10))
            let told = try session.query(
                .prepared(
                    """
                    WITH found AS MATERIALIZED (
                        SELECT connection_id, \(Self.nobody) || reason AS message FROM sluice.unserved_connections
                        WHERE by_nobody AND EXISTS (SELECT FROM sluice.unserved)
                    )
                    UPDATE sluice.connections c SET state_description = f.message
                    FROM sluice.connections o LEFT JOIN found f ON f.connection_id = o.id
                    WHERE o.id = c.id AND (
                        f.message IS NOT NULL AND c.state_description IS DISTINCT FROM f.message AND c.state = ANY (\(Self.syncing)::text[])
                        OR f.message IS NULL AND starts_with(c.state_description, \(Self.nobody))
                    )
                    RETURNING c.id, f.message
                    """), timeout: .seconds(10))
            for row in told {
                guard let message: String = try row.decodeIfPresent("message") else { continue }
                try Self.notify(try row.decode("id"), eventType: "unserved", message: message, in: session)
            }
        }
    }

    private static let syncing = ConnectionState.allCases.filter(\.allowsSync).map(\.rawValue)
}
