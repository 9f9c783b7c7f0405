public import Foundation
import Postgres

/// What a connection's jobs may use of the whole cluster, shared by all workers.
public struct ConnectionLimit: Sendable, Hashable {
    /// Jobs that run at a time; nil for no limit.
    public let maxRunning: Int?
    /// Jobs that start in a minute; nil for no limit.
    public let perMinute: Int?
    /// Jobs that may start at once after a rest; the others start evenly spread.
    public let burst: Int

    /// Describes a limit.
    public init(maxRunning: Int? = nil, perMinute: Int? = nil, burst: Int = 1) {
        self.maxRunning = maxRunning
        self.perMinute = perMinute
        self.burst = burst
    }
}

/// A limit that cannot be kept.
public struct InvalidLimit: Error, Sendable, CustomStringConvertible {
    /// Names the field and what was expected.
    public let description: String
}

extension JobQueue {
    /// Sets or lifts the limit of a connection; running jobs are left alone.
    ///
    /// - Parameter limit: nil for none.
    /// - Throws: `InvalidLimit`; `PostgresError`.
    public func limit(_ connectionID: UUID, to limit: ConnectionLimit?) async throws {
        guard let limit else {
            try await pool.run(
                """
                WITH lifted AS (DELETE FROM sluice.connection_limits WHERE connection_id = \(connectionID))
                SELECT pg_notify(\(Self.channel), '')
                """, timeout: .seconds(10))
            return
        }
        for (name, value) in [("maxRunning", limit.maxRunning), ("perMinute", limit.perMinute), ("burst", limit.burst)] {
            if let value, value < 1 { throw InvalidLimit(description: "\(name): expected a number above 0, got \(value)") }
        }
        try await pool.run(
            """
            WITH set AS (
                INSERT INTO sluice.connection_limits (connection_id, max_running, per_minute, burst)
                VALUES (\(connectionID), \(limit.maxRunning), \(limit.perMinute), \(limit.burst))
                ON CONFLICT (connection_id) DO UPDATE
                SET max_running = excluded.max_running, per_minute = excluded.per_minute, burst = excluded.burst, version = connection_limits.version + 1
            )
            SELECT pg_notify(\(Self.channel), '')
            """, timeout: .seconds(10))
    }

    /// The limits that are set, by connection.
    ///
    /// - Throws: `PostgresError`.
    public func limits() async throws -> [UUID: ConnectionLimit] {
        let rows = try await pool.query("SELECT connection_id, max_running, per_minute, burst FROM sluice.connection_limits")
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                (
                    try row.decode("connection_id", as: UUID.self),
                    ConnectionLimit(
                        maxRunning: try row.decodeIfPresent("max_running"), perMinute: try row.decodeIfPresent("per_minute"),
                        burst: try row.decode("burst"))
                )
            })
    }
}
