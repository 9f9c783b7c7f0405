import CLibpq
import ForeignText
import Glibc

// What goes to the server and what comes back: sent, waited for, given up, and what the server says when it refuses.
extension PostgresSession {
    func send(_ deadline: ContinuousClock.Instant, _ call: () -> Int32) throws {
        guard call() == 1 else { throw lost() }
        try flush(deadline)
    }

    /// Writes what libpq holds buffered, waiting while the server does not take it.
    func flush(_ deadline: ContinuousClock.Instant) throws {
        while true {
            switch PQflush(pointer) {
            case 0: return
            case 1: try wait(POLLIN | POLLOUT, until: deadline)
            default: throw lost()
            }
            guard PQconsumeInput(pointer) == 1 else { throw lost() }
        }
    }

    /// Collects the results of what was sent; returns the last, throws the first error.
    func receive(_ deadline: ContinuousClock.Instant) throws -> PostgresResult {
        var last: PostgresResult?
        var failure: PostgresError?
        while let raw = try nextResult(deadline) {
            let status = PQresultStatus(raw)
            let result = PostgresResult(raw)
            switch status {
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: failure = failure ?? serverError(result)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: return result
            default: last = result
            }
        }
        if let failure {
            if PQstatus(pointer) == CONNECTION_BAD { markBroken() }
            throw failure
        }
        guard let last else { throw lost() }
        return last
    }

    private func nextResult(_ deadline: ContinuousClock.Instant) throws -> OpaquePointer? {
        while PQisBusy(pointer) == 1 {
            try wait(POLLIN, until: deadline)
            guard PQconsumeInput(pointer) == 1 else { throw lost() }
        }
        return PQgetResult(pointer)
    }

    func wait(_ events: Int32, until deadline: ContinuousClock.Instant) throws {
        let reason: PostgresError
        switch interrupt.wait(socket: PQsocket(pointer), events: events, until: deadline) {
        case .socket: return
        case .interrupt: reason = PostgresError(code: .cancelled, message: "the task was cancelled while a statement ran")
        case .deadline: reason = PostgresError(code: .timedOut, message: "no answer from \(configuration.displayName) in the time allowed")
        }
        cancelRunningStatement()
        throw reason
    }

    /// Asks the server to stop, then drains its answer so that the session can go on.
    private func cancelRunningStatement() {
        guard let handle = PQgetCancel(pointer) else {
            markBroken()
            return
        }
        defer { PQfreeCancel(handle) }
        var reason = [CChar](repeating: 0, count: 256)
        guard PQcancel(handle, &reason, Int32(reason.count)) == 1 else {
            markBroken()
            return
        }
        let deadline = ContinuousClock.now + .seconds(2)
        let quiet = try? PostgresInterrupt()
        while true {
            while PQisBusy(pointer) == 1 {
                guard let quiet, quiet.wait(socket: PQsocket(pointer), events: POLLIN, until: deadline) == .socket,
                    PQconsumeInput(pointer) == 1
                else {
                    markBroken()
                    return
                }
            }
            guard let raw = PQgetResult(pointer) else { return }
            let status = PQresultStatus(raw)
            PQclear(raw)
            if status == PGRES_COPY_IN || status == PGRES_COPY_OUT {
                markBroken()
                return
            }
        }
    }

    func lost() -> PostgresError {
        markBroken()
        return PostgresError(code: .connectionLost, message: Self.message(of: pointer))
    }

    private func serverError(_ result: PostgresResult) -> PostgresError {
        func field(_ code: Int32) -> String? {
            PQresultErrorField(result.pointer, code).map { text in
                String(foreignBytes: UnsafeRawBufferPointer(start: text, count: strlen(text)))
            }
        }
        guard let sqlState = field(sluice_diag_sqlstate) else {
            markBroken()
            return PostgresError(code: .connectionLost, message: String(cString: PQresultErrorMessage(result.pointer)).trimmed)
        }
        var error = PostgresError(
            code: .server, message: field(sluice_diag_message) ?? String(cString: PQresultErrorMessage(result.pointer)).trimmed,
            sqlState: sqlState)
        error.detail = field(sluice_diag_detail)
        error.hint = field(sluice_diag_hint)
        error.context = field(sluice_diag_context)
        error.table = field(sluice_diag_table)
        error.column = field(sluice_diag_column)
        error.constraint = field(sluice_diag_constraint)
        if sqlState.hasPrefix("57P0") { markBroken() }
        return error
    }

    static func message(of pointer: OpaquePointer) -> String {
        let text = String(cString: PQerrorMessage(pointer)).trimmed
        return text.isEmpty ? "the server closed the connection" : text
    }
}

extension String {
    var trimmed: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
