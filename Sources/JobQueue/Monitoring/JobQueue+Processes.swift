public import Postgres

/// Live processes of one role and one build.
public struct LiveProcesses: Sendable, Hashable {
    /// `worker`, `scheduler` or `api`.
    public let role: String
    /// Which build; nil for processes that do not tell.
    public let version: String?
    /// How many there are.
    public let count: Int
    /// Whether one of them leads.
    public let leads: Bool

    /// A group of processes.
    public init(role: String, version: String?, count: Int, leads: Bool = false) {
        self.role = role
        self.version = version
        self.count = count
        self.leads = leads
    }
}

extension JobQueue {
    /// A condition for other modules' statements: whether a process of this name lives.
    ///
    /// - Parameter name: an expression of the caller's statement.
    public static func lives(_ name: PostgresQuery) -> PostgresQuery {
        "EXISTS (SELECT FROM sluice.live_workers w WHERE w.name = \(fragment: name))"
    }

    /// A condition: whether a scheduler that leads was heard of within this time.
    public static func leaderWasHeard(within silence: Duration) -> PostgresQuery {
        "EXISTS (SELECT FROM sluice.workers w WHERE w.leads AND w.heartbeat_at > sluice.clock() - \(silence)::interval)"
    }

    /// The processes that live, by role and build.
    ///
    /// - Throws: `PostgresError`.
    public func liveProcesses() async throws -> [LiveProcesses] {
        try await pool.query(
            """
            SELECT role, version, count(*) AS count, bool_or(leads) AS leads FROM sluice.workers
            WHERE heartbeat_at > sluice.clock() - interval '30 seconds' GROUP BY role, version ORDER BY role, version
            """, timeout: .seconds(10)
        ).map { row in
            LiveProcesses(
                role: try row.decode("role"), version: try row.decodeIfPresent("version"), count: try row.decode("count"),
                leads: try row.decode("leads"))
        }
    }
}
