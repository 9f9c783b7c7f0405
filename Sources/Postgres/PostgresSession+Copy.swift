import CLibpq
import Glibc

/// Feeds a `COPY … FROM STDIN`. A write returns once the server has taken the bytes, so a slow server slows its source.
public final class PostgresCopyWriter {
    private let session: PostgresSession
    private let stallTimeout: Duration
    /// Bytes written so far.
    public private(set) var bytesWritten = 0

    init(session: PostgresSession, stallTimeout: Duration) {
        self.session = session
        self.stallTimeout = stallTimeout
    }

    /// Sends a piece of the COPY data; it may begin and end anywhere, also inside a row.
    ///
    /// - Throws: `PostgresError`, with code `.timedOut` when the server takes nothing for as long as the COPY's stall time-out.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        try session.checkUsable()
        let deadline = ContinuousClock.now + stallTimeout
        var offset = 0
        // libpq grows its buffer without limit in non-blocking mode: hand over little, and wait until it is gone.
        while offset < bytes.count {
            let length = min(256 * 1024, bytes.count - offset)
            let chunk = (base + offset).assumingMemoryBound(to: CChar.self)
            guard PQputCopyData(session.pointer, chunk, Int32(length)) == 1 else { throw session.lost() }
            try session.flush(deadline)
            offset += length
        }
        bytesWritten += bytes.count
    }

    /// Sends text; for tests and small data.
    ///
    /// - Throws: as `write(_:)` of bytes.
    public func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }
}

extension PostgresSession {
    /// Runs a `COPY … FROM STDIN` whose data `body` writes. A throwing `body` aborts the COPY, and nothing of it is kept.
    ///
    /// - Parameter stallTimeout: how long the server may take nothing.
    /// - Returns: the number of rows copied.
    /// - Throws: what `body` threw, or `PostgresError` with the line of the data that the server refused in `context`.
    public func copyIn(
        _ statement: PostgresQuery, stallTimeout: Duration = .seconds(60), _ body: (PostgresCopyWriter) throws -> Void
    ) throws -> Int {
        let result = try query(statement)
        guard PQresultStatus(result.pointer) == PGRES_COPY_IN else {
            throw PostgresError(code: .server, message: "not a COPY FROM STDIN statement")
        }
        do {
            try body(PostgresCopyWriter(session: self, stallTimeout: stallTimeout))
        } catch {
            throw endCopy(after: error)
        }
        let deadline = ContinuousClock.now + stallTimeout
        guard PQputCopyEnd(pointer, nil) == 1 else { throw lost() }
        try flush(deadline)
        return try receive(deadline).affectedRows
    }

    /// Tells the server that the data ends with an error; prefers the server's own complaint, which explains why a write failed.
    private func endCopy(after cause: any Error) -> any Error {
        guard !isBroken else { return cause }
        interrupt.lower()
        let deadline = ContinuousClock.now + .seconds(5)
        guard PQputCopyEnd(pointer, "aborted by the client") == 1, (try? flush(deadline)) != nil else {
            markBroken()
            return cause
        }
        do {
            _ = try receive(deadline)
            return cause
        } catch let server as PostgresError where server.sqlState != nil && server.sqlState != PostgresError.queryCanceled {
            return server
        } catch {
            // 57014 is the server repeating that we gave up.
            return cause
        }
    }

    /// Runs a `COPY … TO STDOUT` and hands over its data row by row.
    ///
    /// - Throws: what `onRow` threw (the session is then broken, since the rest cannot be skipped cheaply), or `PostgresError`.
    public func copyOut(_ statement: PostgresQuery, stallTimeout: Duration = .seconds(60), _ onRow: (UnsafeRawBufferPointer) throws -> Void)
        throws
    {
        let result = try query(statement)
        guard PQresultStatus(result.pointer) == PGRES_COPY_OUT else {
            throw PostgresError(code: .server, message: "not a COPY TO STDOUT statement")
        }
        while true {
            var buffer: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(pointer, &buffer, 1)
            if length > 0 {
                defer { PQfreemem(buffer) }
                do {
                    try onRow(UnsafeRawBufferPointer(start: buffer, count: Int(length)))
                } catch {
                    markBroken()
                    throw error
                }
            } else if length == 0 {
                try wait(POLLIN, until: .now + stallTimeout)
                guard PQconsumeInput(pointer) == 1 else { throw lost() }
            } else {
                break
            }
        }
        _ = try receive(.now + stallTimeout)
    }
}
