import JobQueue
import Logging
import Postgres

/// Leadership among schedulers: a session-level advisory lock on a connection of its own. The leader does all of its work on that very
/// session, so a scheduler whose session died can enqueue nothing, whatever it still believes.
struct Leadership: Sendable {
    /// How long a leader may be silent before a standby ends its session: a process that is stopped keeps its socket open and its lock.
    static let silence = Duration.seconds(10)
    private static let lockName = "sluice.scheduler"

    let connection: PostgresConnection
    let registration: WorkerRegistration
    let pool: PostgresPool
    let logger: Logger

    /// Whether this scheduler leads after the call.
    ///
    /// - Throws: `PostgresError`.
    func acquire() async throws -> Bool {
        let leads = try await connection.withSession { session in
            try Self.holds(session)
                || session.query("SELECT pg_try_advisory_lock(hashtextextended(\(Self.lockName), 0)) AS leads", timeout: .seconds(5))[0]
                    .decode("leads")
        }
        if !leads { try await endSilentLeader() }
        return leads
    }

    /// Says that this scheduler lives, and whether it leads. A leader says it on the session that holds the lock, so that one that was frozen
    /// in the meantime cannot claim the lead afterwards.
    ///
    /// - Throws: `PostgresError`.
    func beat(leads: Bool) async throws {
        guard leads else { return try await registration.beat(pool) }
        try await connection.withSession { session in
            guard try Self.holds(session) else { throw PostgresError(code: .connectionLost, message: "the lead was lost") }
            try registration.beat(in: session, leads: true)
        }
    }

    /// Whether this session holds the lock: a connection that was reopened in the meantime does not.
    static func holds(_ session: PostgresSession) throws -> Bool {
        try session.query(
            """
            SELECT FROM pg_locks
            WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
              AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(\(lockName), 0)
            """, timeout: .seconds(5)
        ).count > 0
    }

    private func endSilentLeader() async throws {
        let ended = try await pool.query(
            """
            SELECT l.pid, pg_terminate_backend(l.pid) AS ended
            FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended(\(Self.lockName), 0)
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              -- One that has just got the lock has had no time for a sign of life.
              AND a.state_change < clock_timestamp() - \(Self.silence)::interval
              AND NOT \(fragment: JobQueue.leaderWasHeard(within: Self.silence))
            """, timeout: .seconds(5))
        if !ended.isEmpty { logger.warning("Ended the session of a leading scheduler that fell silent") }
    }

    /// Gives the lead up at once, for a shutdown.
    func resign() async {
        await connection.close()
    }
}
