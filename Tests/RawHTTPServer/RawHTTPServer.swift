// RawHTTPServer: a server over plain sockets for the tests of HTTPTransport and Salesforce. It does exactly what a test
// writes down, broken things included (resets, drips, half answers), which no real server library would.
internal import Glibc
internal import Synchronization

/// A server on a free port of the loopback interface. Each connection gets a thread that runs the handler.
public final class RawHTTPServer: Sendable {
    /// The port it listens on.
    public let port: UInt16
    private let listener: Int32
    private let open = Mutex<(stopped: Bool, sockets: Set<Int32>, count: Int)>((false, [], 0))

    /// Starts listening; the handler is called once a connection and the connection closes when it returns.
    public init(_ handler: @escaping @Sendable (RawConnection) throws -> Void) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 128) == 0 && getsockname(listener, address, &size) == 0
            }
        }
        guard bound else { throw RawServerError(description: "cannot listen: errno \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
        Self.thread { [weak self] in
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0, let self else { break }
                self.serve(socket, handler)
            }
            Glibc.close(listener)
        }
    }

    /// A server that answers each request of each connection with what the closure returns.
    public convenience init(answering answer: @escaping @Sendable (RawRequest) throws -> RawAnswer) throws {
        try self.init { connection in
            while let request = try connection.readRequest() { try connection.write(answer(request).bytes) }
        }
    }

    deinit {
        stop()
    }

    /// The server's root address.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// How many connections there have been.
    public var connectionCount: Int { open.withLock { $0.count } }

    /// Closes the port and all connections.
    public func stop() {
        open.withLock { open in
            guard !open.stopped else { return }
            open.stopped = true
            shutdown(listener, Int32(SHUT_RDWR))
            for socket in open.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    private func serve(_ socket: Int32, _ handler: @escaping @Sendable (RawConnection) throws -> Void) {
        let number = open.withLock { open -> Int in
            open.sockets.insert(socket)
            open.count += 1
            return open.count
        }
        Self.thread { [weak self] in
            // A handler that throws has lost its peer, which is how many of these tests end.
            try? handler(RawConnection(socket: socket, number: number))
            self?.open.withLock { _ = $0.sockets.remove(socket) }
            Glibc.close(socket)
        }
    }

    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func thread(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Work(run)).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, argument)
        pthread_detach(thread)
    }
}

/// The peer went away or sent what is not HTTP.
public struct RawServerError: Error, CustomStringConvertible {
    /// What happened.
    public let description: String
}
