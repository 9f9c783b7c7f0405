public import Logging
import Synchronization

/// Lends connections: at most `size` at a time, opened when first needed, reopened when lost.
public final class PostgresPool: Sendable {
    /// The configuration of every connection.
    public let configuration: PostgresConfiguration
    /// The most connections open at a time.
    public let size: Int
    private let acquireTimeout: Duration
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var idle: [PostgresConnection] = []
        var opened = 0
        var waiters: [Waiter] = []
        var nextWaiter = 0
        var isClosed = false
    }

    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<PostgresConnection, any Error>
        /// Fails the waiter when its time is over.
        let expiry: Task<Void, any Error>
    }

    /// A pool without connections yet.
    ///
    /// - Parameters:
    ///   - size: the most connections; each costs a thread here and a process on the server.
    ///   - acquireTimeout: how long a caller waits for a connection before `PostgresError` with code `.poolExhausted`.
    public init(configuration: PostgresConfiguration, size: Int, acquireTimeout: Duration = .seconds(30), logger: Logger) {
        precondition(size > 0, "a pool needs room for a connection")
        self.configuration = configuration
        self.size = size
        self.acquireTimeout = acquireTimeout
        self.logger = logger
    }

    /// Lends a session to `body` for one unit of work.
    ///
    /// - Throws: what `body` threw, or `PostgresError`.
    public func withSession<Value: Sendable>(_ body: @Sendable (PostgresSession) throws -> Value) async throws -> Value {
        let connection = try await acquire()
        do {
            let value = try await connection.withSession(body)
            release(connection)
            return value
        } catch {
            release(connection)
            throw error
        }
    }

    /// Runs one statement.
    ///
    /// - Throws: `PostgresError`.
    public func query(_ query: PostgresQuery, timeout: Duration? = nil) async throws -> PostgresResult {
        try await withSession { try $0.query(query, timeout: timeout) }
    }

    /// Runs one statement for its effect.
    ///
    /// - Returns: the number of rows it touched.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func run(_ query: PostgresQuery, timeout: Duration? = nil) async throws -> Int {
        try await withSession { try $0.run(query, timeout: timeout) }
    }

    /// Runs `body` inside a transaction on one session.
    ///
    /// - Throws: what `body` threw, or `PostgresError`.
    public func transaction<Value: Sendable>(_ body: @Sendable (PostgresSession) throws -> Value) async throws -> Value {
        try await withSession { session in try session.transaction { try body(session) } }
    }

    /// Waits until a connection can be opened, trying again with a growing pause and saying so in the log.
    ///
    /// - Throws: `PostgresError` when the server refuses for a reason that waiting cannot cure and `giveUp` says so; `CancellationError`.
    public func waitUntilReachable(giveUp: @Sendable (PostgresError) -> Bool = { _ in false }) async throws {
        var pause = Duration.milliseconds(250)
        while true {
            do {
                _ = try await query("SELECT 1", timeout: .seconds(5))
                return
            } catch let error as PostgresError {
                if error.code == .cancelled || error.code == .closed { throw CancellationError() }
                if giveUp(error) { throw error }
                logger.warning(
                    "Postgres cannot be reached, trying again",
                    metadata: ["server": "\(configuration.displayName)", "error": "\(error)", "pause": "\(pause)"])
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(5))
        }
    }

    /// Closes every connection; those lent out close when they come back.
    public func close() async {
        let (idle, waiters) = state.withLock { state in
            state.isClosed = true
            defer {
                state.idle = []
                state.waiters = []
            }
            return (state.idle, state.waiters)
        }
        for waiter in waiters {
            waiter.expiry.cancel()
            waiter.continuation.resume(throwing: PostgresError(code: .closed, message: "the pool was closed"))
        }
        for connection in idle { await connection.close() }
    }

    private func acquire() async throws -> PostgresConnection {
        if let connection = try state.withLock({ try takeOrOpen(&$0) }) { return connection }
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let immediate: Result<PostgresConnection, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    do {
                        if let connection = try takeOrOpen(&state) { return .success(connection) }
                    } catch {
                        return .failure(error)
                    }
                    let expiry = Task { [acquireTimeout] in
                        try await Task.sleep(for: acquireTimeout)
                        self.fail(id, PostgresError(code: .poolExhausted, message: "no connection became free in \(acquireTimeout)"))
                    }
                    state.waiters.append(Waiter(id: id, continuation: continuation, expiry: expiry))
                    return nil
                }
                if let immediate { continuation.resume(with: immediate) }
            }
        } onCancel: {
            fail(id, CancellationError())
        }
    }

    private func takeOrOpen(_ state: inout State) throws -> PostgresConnection? {
        guard !state.isClosed else { throw PostgresError(code: .closed, message: "the pool was closed") }
        if let connection = state.idle.popLast() { return connection }
        guard state.opened < size else { return nil }
        state.opened += 1
        do {
            return try PostgresConnection(configuration: configuration)
        } catch {
            state.opened -= 1
            throw error
        }
    }

    private func fail(_ id: Int, _ error: any Error) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.expiry.cancel()
        waiter?.continuation.resume(throwing: error)
    }

    private func release(_ connection: PostgresConnection) {
        let (waiter, mustClose) = state.withLock { state -> (Waiter?, Bool) in
            if state.isClosed { return (nil, true) }
            if !state.waiters.isEmpty { return (state.waiters.removeFirst(), false) }
            state.idle.append(connection)
            return (nil, false)
        }
        waiter?.expiry.cancel()
        waiter?.continuation.resume(returning: connection)
        if mustClose { Task { await connection.close() } }
    }
}
