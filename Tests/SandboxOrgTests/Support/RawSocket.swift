import Dispatch
import Glibc

/// A TCP connection to the org on which anything at all can be sent.
enum RawSocket {
    /// Sends the bytes and reads what comes back, until the first answer is there, the connection ends, or nothing comes for a while.
    ///
    /// - Returns: The status of the first answer, if there was one.
    static func status(of request: [UInt8], port: Int, patience: Duration = .milliseconds(400)) async -> Int? {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: exchange(request, port: port, patience: patience)) }
        }
    }

    private static func exchange(_ request: [UInt8], port: Int, patience: Duration) -> Int? {
        guard let descriptor = connected(port: port, patience: patience) else { return nil }
        defer { close(descriptor) }
        // The org may have refused it already.
        _ = send(request, to: descriptor)
        let line = head(from: descriptor).split(separator: " ")
        return line.count > 1 && line[0].hasPrefix("HTTP/") ? Int(line[1].prefix(3)) : nil
    }

    /// A connection on which nothing is waited for longer than `patience`.
    static func connected(port: Int, patience: Duration) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let microseconds = Int(patience / .microseconds(1))
        var limit = timeval(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// The beginning of what comes back: as much as it takes to see the status.
    static func head(from descriptor: Int32) -> String {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while answer.count < 12 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
