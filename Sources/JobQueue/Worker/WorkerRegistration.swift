import Foundation
public import Postgres

/// One process's row in `sluice.workers`.
public struct WorkerRegistration: Sendable {
    /// What the process does.
    public enum Role: String, Sendable {
        /// Runs jobs.
        case worker
        /// Decides what is due.
        case scheduler
        /// Serves HTTP.
        case api
    }

    /// `role.host.pid.random`: unique across restarts, so that a new process is never taken for an old one.
    public let name: String
    /// What the process does.
    public let role: Role
    /// Jobs it runs at a time.
    public let concurrency: Int
    /// Kinds it can run.
    public let kinds: [String]

    /// Which build it runs.
    public let version: String

    /// Names this process.
    public init(role: Role, concurrency: Int = 0, kinds: [String] = [], version: String = ProcessVersion.current) {
        self.version = version
        self.role = role
        self.concurrency = concurrency
        self.kinds = kinds
        let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        name = "\(role.rawValue).\(Self.host).\(ProcessInfo.processInfo.processIdentifier).\(suffix)"
    }

    private static var host: String { ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? "localhost" }

    /// Says that this process lives; also removes rows of processes unseen for an hour.
    ///
    /// - Throws: `PostgresError`.
    public func beat(_ pool: PostgresPool) async throws {
        try await pool.withSession { try beat(in: $0) }
    }

    /// Says on a session that this process lives, and whether it leads: then no other does, even if it still says so because it is frozen.
    ///
    /// - Throws: `PostgresError`.
    public func beat(in session: PostgresSession, leads: Bool = false) throws {
        try session.run(
            .prepared(
                """
                WITH gone AS (
                    DELETE FROM sluice.workers WHERE heartbeat_at < sluice.clock() - interval '1 hour'
                ), demoted AS (
                    UPDATE sluice.workers SET leads = false WHERE \(leads)::boolean AND leads AND name <> \(name)
                      AND heartbeat_at >= sluice.clock() - interval '1 hour'
                )
                INSERT INTO sluice.workers (name, role, host, pid, concurrency, kinds, leads, version)
                VALUES (\(name), \(role.rawValue), \(Self.host), \(Int(ProcessInfo.processInfo.processIdentifier)), \(concurrency), \(kinds)::text[], \(leads), \(version))
                ON CONFLICT (name) DO UPDATE SET heartbeat_at = sluice.clock(), leads = excluded.leads
                """), timeout: .seconds(10))
    }

    /// Says that this process ends.
    ///
    /// - Throws: `PostgresError`.
    public func leave(_ pool: PostgresPool) async throws {
        try await pool.run("DELETE FROM sluice.workers WHERE name = \(name)", timeout: .seconds(5))
    }
}
