internal import Glibc

/// One connection as a handler sees it; its calls block.
public final class RawConnection {
    /// Counts from 1 in the order of acceptance.
    public let number: Int
    private let socket: Int32
    private var pending: [UInt8] = []

    init(socket: Int32, number: Int) {
        self.socket = socket
        self.number = number
    }

    /// Writes all of it.
    public func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { send(socket, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw RawServerError(description: "the client is gone") }
            sent += count
        }
    }

    /// Writes all of it.
    public func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Makes the kernel send RST instead of FIN when the handler returns.
    public func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Returns when the client has closed its side.
    public func waitForEnd() {
        while (try? readMore()) == true { pending.removeAll() }
    }

    /// The next request with its whole body, or nil when the client has closed.
    public func readRequest() throws -> RawRequest? {
        guard var request = try readHead() else { return nil }
        if request.header("Transfer-Encoding")?.lowercased() == "chunked" {
            while true {
                let line = try readLine().prefix { $0 != UInt8(ascii: ";") }
                let size = Int(String(decoding: line, as: UTF8.self), radix: 16) ?? 0
                request.body += try read(size)
                _ = try readLine()
                if size == 0 { break }
            }
        } else if let length = request.header("Content-Length").flatMap({ Int($0) }) {
            request.body = try read(length)
        }
        return request
    }

    /// The next request without its body.
    public func readHead() throws -> RawRequest? {
        if pending.isEmpty, try !readMore() { return nil }
        let line = String(decoding: try readLine(), as: UTF8.self).split(separator: " ")
        guard line.count == 3 else { throw RawServerError(description: "no request line") }
        var headers: [(String, String)] = []
        while true {
            let field = try readLine()
            if field.isEmpty { break }
            let parts = String(decoding: field, as: UTF8.self).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            headers.append((String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""))
        }
        return RawRequest(method: String(line[0]), target: String(line[1]), headers: headers, connection: number)
    }

    /// Exactly so many bytes.
    public func read(_ count: Int) throws -> [UInt8] {
        while pending.count < count {
            guard try readMore() else { throw RawServerError(description: "the client closed too early") }
        }
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }

    /// The next line, without its end.
    public func readLine() throws -> [UInt8] {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                defer { pending.removeFirst(end + 1) }
                return Array(pending[..<end].filter { $0 != 0x0D })
            }
            guard try readMore() else { throw RawServerError(description: "the client closed too early") }
        }
    }

    private func readMore() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count >= 0 else { throw RawServerError(description: "recv: errno \(errno)") }
        pending.append(contentsOf: buffer.prefix(count))
        return count > 0
    }
}
