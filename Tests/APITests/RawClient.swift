import Foundation
import Glibc

/// A TCP connection to a server on which anything at all can be sent.
final class RawClient: Sendable {
    private let descriptor: Int32

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else {
            close(descriptor)
            throw Failure(description: "connect: errno \(errno)")
        }
    }

    deinit { close(descriptor) }

    /// Sends bytes as far as the server takes them.
    func send(_ text: String) async { await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async {
        await blocking { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    /// Sends nothing any more.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Whether the server has taken the connection away.
    var isReset: Bool {
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        return error != 0
    }

    /// Everything that comes until the server closes.
    ///
    /// - Throws: when it does not within the time.
    func readToEnd(within timeout: Duration = .seconds(10)) async throws -> String {
        guard let text = await read(timeout, until: { _ in false }) else { throw Failure(description: "not closed within \(timeout)") }
        return text
    }

    /// What comes until it contains a text, or the server closes.
    ///
    /// - Throws: when neither happens within the time.
    func read(until end: String, within timeout: Duration = .seconds(10)) async throws -> String {
        guard let text = await read(timeout, until: { $0.contains(end) }) else {
            throw Failure(description: "no \(end) within \(timeout)")
        }
        return text
    }

    private func read(_ timeout: Duration, until isEnough: @escaping @Sendable (String) -> Bool) async -> String? {
        await blocking { [descriptor] in
            let deadline = ContinuousClock.now + timeout
            var answer: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let left = Int32(max(0, (deadline - .now) / .milliseconds(1)))
                var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&wanted, 1, left) > 0 else { return nil }
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
                answer += buffer[..<count]
                let text = String(decoding: answer, as: UTF8.self)
                if isEnough(text) { return text }
            }
        }
    }

    private func blocking<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            // A thread of its own: Dispatch has too few for many that wait.
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}

/// The statuses of the answers in a text, in order.
func statuses(_ text: String) -> [Int] {
    text.matches(of: #/HTTP/1\.1 (\d{3}) /#).compactMap { Int($0.output.1) }
}
