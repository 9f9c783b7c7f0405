import CLibpq
import Glibc

extension PostgresSession {
    /// Opens a connection without blocking past the deadline.
    static func connect(
        _ configuration: PostgresConfiguration, interrupt: PostgresInterrupt, deadline: ContinuousClock.Instant
    ) throws -> OpaquePointer {
        let keywords = [
            "dbname", "fallback_application_name", "client_encoding", "keepalives_idle", "keepalives_interval", "keepalives_count",
            "tcp_user_timeout",
        ]
        let values = [configuration.connectionString, configuration.applicationName, "UTF8", "15", "5", "3", "30000"]
        let pointer = withCStrings(keywords) { keywords in
            // expand_dbname: a connection string in place of a name is expanded, and what follows it overrides its defaults.
            withCStrings(values) { PQconnectStartParams(keywords, $0, 1) }
        }
        guard let pointer else { throw PostgresError(code: .connectionFailed, message: "out of memory") }
        // libpq tells a refusal's SQLSTATE in its text alone, and only when asked to tell everything.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        var opened = false
        defer { if !opened { PQfinish(pointer) } }
        var status = PQstatus(pointer) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            guard status != PGRES_POLLING_FAILED else {
                throw refusal(message(of: pointer), by: configuration.displayName)
            }
            let events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT
            switch interrupt.wait(socket: PQsocket(pointer), events: events, until: deadline) {
            case .socket: status = PQconnectPoll(pointer)
            case .interrupt: throw PostgresError(code: .cancelled, message: "cancelled while connecting to \(configuration.displayName)")
            case .deadline:
                throw PostgresError(code: .connectionFailed, message: "\(configuration.displayName): no answer in the time allowed")
            }
        }
        guard PQsetnonblocking(pointer, 1) == 0 else {
            throw PostgresError(code: .connectionFailed, message: message(of: pointer))
        }
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        opened = true
        return pointer
    }

    /// The error of a connection that was not opened; `text` is libpq's, at its most verbose.
    static func refusal(_ text: String, by server: String) -> PostgresError {
        // FATAL:  28P01: password authentication failed …; the severity is in the server's language.
        let state = #/:  ([0-9A-Z]{5}): /#
        let said = text.replacing(#/\s*LOCATION:  \w+, [\w.]+:[0-9]+/#, with: "")
        return PostgresError(
            code: .connectionFailed, message: "\(server): \(said.replacing(state, with: ":  "))",
            sqlState: said.firstMatch(of: state).map { String($0.1) })
    }
}

private func withCStrings<Value>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress!) }
}
