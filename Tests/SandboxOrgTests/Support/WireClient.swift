import COpenSSL
import Dispatch
import Glibc

/// A client that shows what is on the wire: one connection, one request, and everything that comes back; over TLS by OpenSSL's blocking calls if
/// it is asked for.
struct WireClient: Sendable {
    /// What a client does not get an answer for.
    enum Failure: Error, Equatable {
        /// The other side is not trusted, speaks no TLS, or broke off the handshake.
        case handshake
        case connection
    }

    let port: Int
    /// The host to ask for by TLS; without TLS when nil.
    var host: String?
    /// Whose certificate is to be trusted.
    var authority: String?
    /// The port of a CONNECT proxy in place of the server's own.
    var proxyPort: Int?
    var version = TLS1_3_VERSION
    var protocols = ["http/1.1"]
    /// Says that no more will come before it reads.
    var endsFirst = false

    /// Sends the bytes and reads until the connection ends.
    func exchange(_ request: [UInt8]) async throws -> WireAnswer {
        let result: Result<WireAnswer, any Error> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result { try run(request) }) }
        }
        return try result.get()
    }

    /// A request with the usual headers, after which the server closes.
    func send(
        _ method: String, _ path: String, token: String? = nil, headers: [String: String] = [:], body: [UInt8] = []
    ) async throws -> WireAnswer {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1")\r\nConnection: close\r\nContent-Length: \(body.count)\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return try await exchange(Array((head + "\r\n").utf8) + body)
    }

    private func run(_ request: [UInt8]) throws -> WireAnswer {
        guard let descriptor = RawSocket.connected(port: proxyPort ?? port, patience: .seconds(60)) else { throw Failure.connection }
        defer { close(descriptor) }
        if proxyPort != nil {
            let connect = "CONNECT \(host ?? ""):443 HTTP/1.1\r\nHost: \(host ?? ""):443\r\n\r\n"
            guard RawSocket.send(Array(connect.utf8), to: descriptor), RawSocket.head(from: descriptor).contains(" 200 ") else {
                throw Failure.connection
            }
        }
        guard let host else {
            _ = RawSocket.send(request, to: descriptor)
            return Self.read {
                recv(descriptor, $0, $1, 0)
            } end: { _ in
                errno == ECONNRESET ? .reset : .closed
            }
        }
        return try encrypted(request, descriptor, host)
    }

    private func encrypted(_ request: [UInt8], _ descriptor: Int32, _ host: String) throws -> WireAnswer {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw Failure.handshake }
        defer { SSL_CTX_free(context) }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        if let authority { SSL_CTX_load_verify_locations(context, authority, nil) }
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil)
        guard let ssl = SSL_new(context) else { throw Failure.handshake }
        defer { SSL_free(ssl) }
        let offered = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        SSL_set_alpn_protos(ssl, offered, UInt32(offered.count))
        let name = strdup(host)
        defer { free(name) }
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), name)
        SSL_set1_host(ssl, host)
        X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl), UInt(X509_V_FLAG_X509_STRICT))
        SSL_set_fd(ssl, descriptor)
        guard SSL_connect(ssl) == 1 else { throw Failure.handshake }
        var written = 0
        SSL_write_ex(ssl, request, request.count, &written)
        if endsFirst { SSL_shutdown(ssl) }
        var answer = Self.read {
            Int(SSL_read(ssl, $0, Int32($1)))
        } end: { result in
            switch SSL_get_error(ssl, Int32(result)) {
            case SSL_ERROR_ZERO_RETURN: .notified
            case SSL_ERROR_SYSCALL where errno == ECONNRESET: .reset
            default: .closed
            }
        }
        answer.version = String(cString: SSL_get_version(ssl))
        var chosen: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &chosen, &length)
        answer.chosenProtocol = String(decoding: UnsafeBufferPointer(start: chosen, count: Int(length)), as: UTF8.self)
        return answer
    }

    private static func read(
        _ next: (UnsafeMutableRawPointer, Int) -> Int, end: (Int) -> WireAnswer.End
    ) -> WireAnswer {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = buffer.withUnsafeMutableBytes { space in space.baseAddress.map { next($0, space.count) } ?? 0 }
            guard count > 0 else { return WireAnswer(bytes, end: end(count)) }
            bytes += buffer[..<count]
        }
    }
}
