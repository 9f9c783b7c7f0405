import CLibpq
import Glibc

/// One open connection, usable only on the thread that owns it; `PostgresConnection` hands it to closures.
///
/// Every call blocks this thread, never one of the shared pool, until the server answers, the deadline passes or the caller's task is
/// cancelled. After a time-out the statement is cancelled on the server; if even that brings no answer the session is broken.
public final class PostgresSession {
    /// The configuration this session was opened with.
    public let configuration: PostgresConfiguration
    let pointer: OpaquePointer
    let interrupt: PostgresInterrupt
    /// Whether the connection can no longer be used.
    public private(set) var isBroken = false
    /// Whether a pooler such as PgBouncer stands between: it gives its clients numbers of its own. Then no two transactions need have the same
    /// session of the server, so that nothing is left in one: each transaction sets what it needs, and no statement is kept prepared.
    public private(set) var isPooled = false
    /// Set by libpq's notice receiver, on this session's thread; a pointer because that is a C function.
    private let serverLeft = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
    private var statementNames: [String: String] = [:]
    /// Counts on when statements are forgotten: the server may still know their names.
    private var statementsPrepared = 0
    private static let statementCacheLimit = 128

    static func open(_ configuration: PostgresConfiguration, interrupt: PostgresInterrupt) throws -> PostgresSession {
        let deadline = ContinuousClock.now + configuration.connectTimeout
        let pointer = try connect(configuration, interrupt: interrupt, deadline: deadline)
        let session = PostgresSession(pointer: pointer, configuration: configuration, interrupt: interrupt)
        let served = try session.results(
            of: SessionDefaults.script(serverVersion: Int(PQserverVersion(pointer)), ofProcess: session.backendPID))
        session.isPooled = try served[0].decode("pid", as: Int.self) != session.backendPID
        guard !session.isPooled else { return session }
        for setting in configuration.sessionSettings {
            try session.run("SELECT set_config(\(setting.name), \(setting.value), false)")
        }
        return session
    }

    private init(pointer: OpaquePointer, configuration: PostgresConfiguration, interrupt: PostgresInterrupt) {
        self.pointer = pointer
        self.configuration = configuration
        self.interrupt = interrupt
        serverLeft.initialize(to: false)
        // Notices go to stderr by default; the product's own statements raise none that a person needs. A server that ends an idle
        // session says so here, some time before it closes the socket.
        let receiver: PQnoticeReceiver = { serverLeft, notice in
            guard let serverLeft, let severity = PQresultErrorField(notice, sluice_diag_severity) else { return }
            if strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0 {
                serverLeft.assumingMemoryBound(to: Bool.self).pointee = true
            }
        }
        PQsetNoticeReceiver(pointer, receiver, serverLeft)
    }

    deinit {
        PQfinish(pointer)
        serverLeft.deallocate()
    }

    /// The server process that serves this session, as in `pg_stat_activity.pid`.
    public var backendPID: Int { Int(PQbackendPID(pointer)) }

    /// Whether a transaction is open.
    public var isInTransaction: Bool {
        let status = PQtransactionStatus(pointer)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE
    }

    /// Runs a statement and returns its rows.
    ///
    /// - Parameter timeout: overrides the configuration's `statementTimeout`.
    /// - Throws: `PostgresError`.
    public func query(_ query: PostgresQuery, timeout: Duration? = nil) throws -> PostgresResult {
        let deadline = ContinuousClock.now + (timeout ?? configuration.statementTimeout)
        try checkUsable()
        let setsItself = query.isPrepared && !isPooled
        if !isInTransaction, isPooled && Self.readsOrWritesRows(query.sql) || !query.settings.isEmpty && !setsItself {
            return try transaction { try self.query(query, timeout: timeout) }
        }
        if !query.settings.isEmpty, !setsItself { try script(Self.settingScript(query.settings), timeout: timeout) }
        if query.isPrepared, !isPooled {
            return try execute(prepared: query, deadline: deadline)
        }
        try send(deadline) {
            withTextParameters(query.parameters) {
                PQsendQueryParams(pointer, query.sql, Int32(query.parameters.count), nil, $0, nil, nil, 0)
            }
        }
        return try receive(deadline)
    }

    /// Runs a statement for its effect.
    ///
    /// - Returns: the number of rows it touched.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func run(_ query: PostgresQuery, timeout: Duration? = nil) throws -> Int {
        try self.query(query, timeout: timeout).affectedRows
    }

    /// Runs several statements without parameters, separated by semicolons, as one implicit transaction.
    ///
    /// - Throws: `PostgresError`.
    public func script(_ sql: String, timeout: Duration? = nil) throws {
        _ = try results(of: sql, timeout: timeout)
    }

    /// Of several statements, the last one's rows.
    private func results(of sql: String, timeout: Duration? = nil) throws -> PostgresResult {
        let deadline = ContinuousClock.now + (timeout ?? configuration.statementTimeout)
        try checkUsable()
        try send(deadline) { PQsendQuery(pointer, sql) }
        return try receive(deadline)
    }

    /// Runs `body` inside a transaction: commits when it returns, rolls back when it throws.
    ///
    /// - Throws: what `body` threw, or `PostgresError`. When COMMIT itself loses the connection the outcome is unknown.
    public func transaction<Value>(_ body: () throws -> Value) throws -> Value {
        try begin()
        do {
            let value = try body()
            // Postgres answers the COMMIT of a failed transaction with a friendly ROLLBACK.
            guard String(cString: PQcmdStatus(try query("COMMIT").pointer)) == "COMMIT" else {
                throw PostgresError(
                    code: .server, message: "a statement had failed, so the transaction was rolled back",
                    sqlState: PostgresError.failedTransaction)
            }
            return value
        } catch {
            if !isBroken, isInTransaction { _ = try? run("ROLLBACK") }
            throw error
        }
    }

    private func begin() throws {
        guard isPooled else {
            try run("BEGIN")
            return
        }
        try script("BEGIN; " + SessionDefaults.transactionScript(serverVersion: Int(PQserverVersion(pointer))))
        for setting in configuration.sessionSettings { try run("SELECT set_config(\(setting.name), \(setting.value), true)") }
    }

    /// Whether a statement's texts depend on what the session is set to; others may be such as no transaction can hold.
    private static func readsOrWritesRows(_ sql: String) -> Bool {
        let first = sql.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }.lowercased()
        return ["select", "with", "insert", "update", "delete", "values", "table"].contains(first)
    }

    func checkUsable() throws {
        guard !isBroken else {
            throw PostgresError(code: .connectionLost, message: "the connection to \(configuration.displayName) is broken")
        }
        if interrupt.isRaised { throw PostgresError(code: .cancelled, message: "cancelled before the statement was sent") }
    }

    func markBroken() { isBroken = true }

    private func execute(prepared query: PostgresQuery, deadline: ContinuousClock.Instant) throws -> PostgresResult {
        let name: String
        if let known = statementNames[query.sql] {
            name = known
        } else {
            if statementNames.count >= Self.statementCacheLimit {
                statementNames.removeAll()
                _ = try self.query("DEALLOCATE ALL")
            }
            name = "sluice_\(statementsPrepared)"
            statementsPrepared += 1
            try send(deadline) { PQsendPrepare(pointer, name, query.sql, 0, nil) }
            _ = try receive(deadline)
            statementNames[query.sql] = name
        }
        try send(deadline) {
            // Several statements sent as one text are one transaction of one round trip; this one is planned, if it is, after what comes before it.
            guard query.settings.isEmpty else {
                return PQsendQuery(pointer, "\(Self.settingScript(query.settings)); \(Self.execution(of: name, with: query.parameters))")
            }
            return withTextParameters(query.parameters) {
                PQsendQueryPrepared(pointer, name, Int32(query.parameters.count), $0, nil, nil, 0)
            }
        }
        do {
            return try receive(deadline)
        } catch let error as PostgresError where error.sqlState == "0A000" || error.sqlState == "26000" {
            // The table changed under the plan, or a pooler moved us to another server session: forget it, so that the next call prepares anew.
            statementNames[query.sql] = nil
            throw error
        }
    }

    private static func settingScript(_ settings: [String: String]) -> String {
        let calls = settings.sorted { $0.key < $1.key }.map {
            "set_config(\(PostgresText.quoteLiteral($0.key)), \(PostgresText.quoteLiteral($0.value)), true)"
        }
        return "SELECT " + calls.joined(separator: ", ")
    }

    private static func execution(of name: String, with parameters: [String?]) -> String {
        guard !parameters.isEmpty else { return "EXECUTE \(name)" }
        return "EXECUTE \(name)(\(parameters.map { $0.map(PostgresText.quoteLiteral) ?? "NULL" }.joined(separator: ", ")))"
    }

    /// Whether the server has closed an idle connection, without a round trip.
    var isStale: Bool {
        if isBroken { return true }
        // The server says why it leaves before it closes: read until there is nothing, or the end.
        while interrupt.wait(socket: PQsocket(pointer), events: POLLIN, until: .now) == .socket {
            if PQconsumeInput(pointer) == 0 || PQstatus(pointer) == CONNECTION_BAD { return true }
        }
        // Has what was read looked at, which calls the notice receiver.
        _ = PQisBusy(pointer)
        return serverLeft.pointee
    }
}

/// Calls `body` with the parameters as the array of C strings that libpq takes; it copies them before it returns.
private func withTextParameters<Value>(
    _ parameters: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
) -> Value {
    guard !parameters.isEmpty else { return body(nil) }
    let copies = parameters.map { $0.map { strdup($0) } ?? nil }
    defer { for copy in copies { free(copy) } }
    return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { body($0.baseAddress) }
}
