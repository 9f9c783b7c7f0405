public import JobQueue
public import Postgres

/// The database that holds a connection's mapped schema, reached as Sluice itself: what is written here is not captured as a change.
public struct TargetDatabase: Sendable {
    /// Connections to the target database.
    public let pool: PostgresPool
    /// Whether the queue and the catalog live in this database too, so that rows, watermark and lease check share one transaction.
    public let isControlDatabase: Bool
    private let queue: JobQueue

    /// A target beside the queue whose jobs work on it.
    public init(pool: PostgresPool, isControlDatabase: Bool, queue: JobQueue) {
        self.pool = pool
        self.isControlDatabase = isControlDatabase
        self.queue = queue
    }

    /// Runs `body` in a transaction that is not captured and that only commits while the lease is held.
    ///
    /// The lease is checked last: its row stays locked only for the commit, so a long COPY never stands in the way of renewing it.
    ///
    /// - Throws: `LeaseLost`; what `body` threw; `PostgresError`.
    public func transaction<Value: Sendable>(
        under lease: Lease, _ body: @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
        try await pool.transaction { session in
            try session.run("SET LOCAL xmlbinary TO 'hex'")
            let value = try body(session)
            if isControlDatabase { try JobQueue.hold(lease, in: session) }
            return value
        }
    }

    /// Checks a lease before a transaction on a target that is not the control database, where the two cannot commit as one.
    ///
    /// - Throws: `LeaseLost`; `PostgresError`.
    public func check(_ lease: Lease) async throws {
        guard !isControlDatabase else { return }
        try await queue.pool.transaction { try JobQueue.hold(lease, in: $0) }
    }
}
