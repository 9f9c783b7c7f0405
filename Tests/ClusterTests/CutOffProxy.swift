import Foundation
import Glibc
import Synchronization

/// The network between a process and Postgres: a TCP relay that a test closes, opens and cuts.
final class CutOffProxy: Sendable {
    /// Where it listens, on 127.0.0.1, when it is open.
    let port: UInt16
    private let listener: Int32
    private let target: sockaddr_in
    private let state = Mutex(State())

    private struct State {
        var isOpen = false
        /// Both ends of each connection that is relayed.
        var relayed: [Int: (client: Int32, server: Int32)] = [:]
        var next = 0
    }

    /// A closed proxy: connections are refused until `open`.
    ///
    /// - Parameter targetPort: of the server on 127.0.0.1.
    init(targetPort: Int) throws {
        target = Self.address(port: UInt16(targetPort))
        // A port that was chosen by the system would be given up when listening ends; one that was asked for is kept.
        port = try Self.freePort()
        listener = try Self.bound(port: port)
    }

    /// A port that nothing listens on now.
    static func freePort() throws -> UInt16 {
        let probe = try bound(port: 0)
        defer { Glibc.close(probe) }
        return try port(of: probe)
    }

    deinit {
        close()
        Glibc.close(listener)
    }

    /// Accepts connections from now on.
    func open() throws {
        let mustListen = state.withLock { state in
            defer { state.isOpen = true }
            return !state.isOpen
        }
        guard mustListen else { return }
        guard listen(listener, 64) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let thread = Thread { [weak self, listener] in
            // Ends when `close` shuts the listener down.
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                // No process under test may hold the other end of its own connection.
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                if let self { self.relay(client) } else { Glibc.close(client) }
            }
        }
        thread.start()
    }

    /// Refuses connections and cuts those that are.
    func close() {
        state.withLock { state in
            if state.isOpen { shutdown(listener, Int32(SHUT_RDWR)) }
            state.isOpen = false
        }
        cut()
    }

    /// Cuts every connection; new ones are accepted.
    func cut() {
        state.withLock { state in
            for pair in state.relayed.values {
                shutdown(pair.client, Int32(SHUT_RDWR))
                shutdown(pair.server, Int32(SHUT_RDWR))
            }
        }
    }

    /// How many connections are relayed now.
    var connections: Int { state.withLock { $0.relayed.count } }

    private func relay(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard server >= 0, Self.withAddress(target, { connect(server, $0, $1) }) == 0 else {
            Glibc.close(client)
            if server >= 0 { Glibc.close(server) }
            return
        }
        let id = state.withLock { state in
            state.next += 1
            state.relayed[state.next] = (client, server)
            return state.next
        }
        Thread { [weak self] in
            let back = Thread { Self.copy(from: server, to: client) }
            back.start()
            Self.copy(from: client, to: server)
            while !back.isFinished { usleep(1000) }
            self?.state.withLock { $0.relayed[id] = nil }
            Glibc.close(client)
            Glibc.close(server)
        }.start()
    }

    /// Copies until either end is gone, then ends both, so that the other direction ends as well.
    private static func copy(from source: Int32, to sink: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        copying: while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let written = buffer.withUnsafeBytes { send(sink, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL)) }
                guard written > 0 else { break copying }
                sent += written
            }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
    }

    private static func bound(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard descriptor >= 0, withAddress(address(port: port), { bind(descriptor, $0, $1) }) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        return descriptor
    }

    private static func port(of descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private static func withAddress(_ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
