public import JobQueue
public import Postgres

/// The database that holds a connection's mapped schema, reached as Sluice itself: what is written here is not captured as a change.
public struct TargetDatabase: Sendable {
    /// Connections to the target database.
    public let pool: PostgresPool
    /// Whether the queue and the catalog live in this database too, so that rows, watermark and lease check share one transaction.
    public let isControlDatabase: Bool
    private let queue: JobQueue
    private let fence: TargetFence

    /// A target beside the queue whose jobs work on it.
    ///
    /// - Parameter lane: what only one worker at a time works on; a value of its own for each job.
    public init(pool: PostgresPool, isControlDatabase: Bool, queue: JobQueue, lane: String) {
        self.pool = pool
        self.isControlDatabase = isControlDatabase
        self.queue = queue
        fence = TargetFence(lane: lane)
    }

    /// Runs `body` in a transaction that is not captured and that only commits while the lease is held.
    ///
    /// Beside the queue, the lease is checked last: its row stays locked only for the commit, so a long COPY never stands in the way of renewing it.
    /// Where the target is another database, the lease is checked before the transaction, and a fence keeps it from committing once another worker
    /// has begun.
    ///
    /// - Throws: `LeaseLost`; what `body` threw; `PostgresError`; `MappedSchemaError`.
    public func transaction<Value: Sendable>(
        under lease: Lease, _ body: @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
        if isControlDatabase {
            return try await pool.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                let value = try body(session)
                try JobQueue.hold(lease, in: session)
                return value
            }
        }
        while true {
            try await check(lease)
            do {
                return try await pool.transaction { [fence] session in
                    try session.run("SET LOCAL xmlbinary TO 'hex'")
                    try fence.hold(lease.token, in: session)
                    return try body(session)
                }
            } catch is TargetFence.NotHeld {
                try await pool.transaction { [fence] in try fence.take(lease.token, in: $0) }
            }
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
