import Synchronization

/// One connection on a thread of its own. Work is a closure that gets the session; it runs there from start to end without a hop.
public actor PostgresConnection {
    private let thread: PostgresThread
    private let interrupt: PostgresInterrupt
    /// The unit of work that runs, so that a task cancelled while it waits for the thread does not interrupt another's work.
    private nonisolated let running = Mutex<UnitOfWork?>(nil)
    private let configuration: PostgresConfiguration
    private var session: PostgresSession?
    private var isClosed = false

    /// The connection's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Prepares a connection; it opens with the first use.
    ///
    /// - Throws: `PostgresError` when the process has no file descriptors left.
    public init(configuration: PostgresConfiguration) throws {
        self.configuration = configuration
        interrupt = try PostgresInterrupt()
        thread = PostgresThread(name: "postgres")
    }

    deinit { thread.stop() }

    /// Runs `body` on the connection's thread, opening or reopening the connection when needed. Cancelling the task cancels the
    /// statement that runs.
    ///
    /// A transaction that `body` leaves open is rolled back.
    ///
    /// - Throws: what `body` threw, or `PostgresError`.
    public nonisolated func withSession<Value: Sendable>(
        _ body: @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let unit = UnitOfWork()
        return try await withTaskCancellationHandler {
            try await run(unit, body)
        } onCancel: {
            running.withLock { running in if running === unit { interrupt.raise() } }
        }
    }

    private func run<Value: Sendable>(_ unit: UnitOfWork, _ body: @Sendable (PostgresSession) throws -> Value) throws -> Value {
        running.withLock { running in
            running = unit
            interrupt.lower()
        }
        defer { running.withLock { $0 = nil } }
        try Task.checkCancellation()
        let session = try usableSession()
        do {
            let value = try body(session)
            try settle(session)
            return value
        } catch {
            try? settle(session)
            throw error
        }
    }

    private func usableSession() throws -> PostgresSession {
        guard !isClosed else { throw PostgresError(code: .closed, message: "the connection was closed") }
        if let session, !session.isStale { return session }
        session = nil
        let opened = try PostgresSession.open(configuration, interrupt: interrupt)
        session = opened
        return opened
    }

    private func settle(_ session: PostgresSession) throws {
        if session.isBroken {
            self.session = nil
        } else if session.isInTransaction {
            interrupt.lower()
            do { try session.run("ROLLBACK") } catch { self.session = nil }
        }
    }

    /// Whether a session is open and was not found broken.
    public var isOpen: Bool { session.map { !$0.isStale } ?? false }

    /// Closes the connection and ends its thread after the work already handed in.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        session = nil
        thread.stop()
    }
}

/// Tells one call of `withSession` from another.
private final class UnitOfWork: Sendable {}
