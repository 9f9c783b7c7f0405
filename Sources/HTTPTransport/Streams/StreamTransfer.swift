internal import CLibcurl
internal import Glibc

/// Where bytes are sent as they are, over TCP or TLS.
public struct StreamAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address; one of IPv6 in brackets.
    public let host: String
    /// The port.
    public let port: Int
    /// Whether TLS goes around it.
    public let isSecure: Bool

    /// Where to.
    public init(host: String, port: Int, isSecure: Bool) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }

    /// Host and port.
    public var description: String { "\(host):\(port)" }
}

/// Sends bytes over a connection that libcurl opens, with its checks of certificates and names, on a thread of its own.
public enum StreamTransfer {
    private static let patience = Duration.seconds(30)
    /// How long the other side may take to close a connection after its end.
    private static let farewell = Duration.seconds(10)

    /// Opens a connection, sends all of the bytes and closes it. That the other side read them nobody says: what is known is that it took them until
    /// the end, and did not reset the connection. Over TCP its own end is waited for, by which it says that it came to ours.
    ///
    /// - Throws: `HTTPTransportError`.
    public static func send(
        _ bytes: [UInt8], to address: StreamAddress, addresses: AddressPolicy?, caFile: String? = nil
    ) async throws {
        try await OwnThread.run("stream") { try perform(bytes, to: address, addresses: addresses, caFile: caFile) }
    }

    private static func perform(_ bytes: [UInt8], to address: StreamAddress, addresses: AddressPolicy?, caFile: String?) throws {
        let easy = EasyHandle()
        easy.begin(
            protocols: "http,https", url: "\(address.isSecure ? "https" : "http")://\(address.host):\(address.port)/", caFile: caFile)
        easy.set(CURLOPT_PROXY, "")
        easy.set(CURLOPT_CONNECT_ONLY, 1)
        easy.set(CURLOPT_SSL_ENABLE_ALPN, 0)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, 10_000)
        easy.set(CURLOPT_TIMEOUT_MS, 10_000)
        easy.guardAddresses(addresses)
        // Otherwise the connection is closed as soon as it is there. The handle is this transfer's own, nobody else takes it over.
        easy.set(CURLOPT_FORBID_REUSE, 0)
        let result = curl_easy_perform(easy.raw)
        guard result == CURLE_OK else { throw easy.error(result, shown: "\(address)") }
        let socket = sluice_curl_get_socket(easy.raw)
        let end = ContinuousClock.now + patience
        var sent = 0
        while sent < bytes.count {
            var count = 0
            let result = bytes.withUnsafeBytes { curl_easy_send(easy.raw, $0.baseAddress! + sent, bytes.count - sent, &count) }
            switch result {
            case CURLE_OK: sent += count
            case CURLE_AGAIN: try wait(for: socket, events: Int16(POLLOUT), until: end, address)
            default: throw easy.error(result, shown: "\(address)")
            }
        }
        if !address.isSecure {
            shutdown(socket, Int32(SHUT_WR))
            var end = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            _ = poll(&end, 1, Int32(farewell / .milliseconds(1)))
        }
        // A reset that answers the bytes shows here.
        var scratch = [UInt8](repeating: 0, count: 512)
        var count = 0
        let answer = scratch.withUnsafeMutableBytes { curl_easy_recv(easy.raw, $0.baseAddress!, 512, &count) }
        guard answer == CURLE_OK || answer == CURLE_AGAIN else { throw easy.error(answer, shown: "\(address)") }
    }

    private static func wait(for socket: curl_socket_t, events: Int16, until end: ContinuousClock.Instant, _ address: StreamAddress) throws
    {
        let left = Int32(max(0, (end - .now) / .milliseconds(1)))
        var wanted = pollfd(fd: socket, events: events, revents: 0)
        guard left > 0, poll(&wanted, 1, left) > 0 else {
            throw HTTPTransportError(
                code: .timedOut, message: "the bytes were not taken within \(patience)", url: "\(address)", mayHaveReachedServer: true)
        }
    }
}
