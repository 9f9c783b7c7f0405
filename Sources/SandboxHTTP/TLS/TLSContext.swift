internal import COpenSSL

/// What all connections of a TLS listener share: the certificate, TLS 1.2 and 1.3, and HTTP/1.1 by ALPN.
package final class TLSContext: Sendable {
    /// An SSL_CTX may be shared by threads once it is set up, and nothing changes it here afterwards.
    nonisolated(unsafe) private let context: OpaquePointer

    package init(_ server: CertifiedKey) throws(TLSError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TLSError(description: "OpenSSL has no TLS") }
        self.context = context
        guard SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1,
            SSL_CTX_use_certificate(context, server.certificate) == 1, SSL_CTX_use_PrivateKey(context, server.key) == 1
        else { throw TLSError(description: "OpenSSL does not accept the server's certificate") }
        SSL_CTX_set_alpn_select_cb(
            context, { _, chosen, length, offered, count, _ in TLSContext.choose(chosen, length, offered, count) }, nil)
    }

    deinit { SSL_CTX_free(context) }

    func makeSession() throws(TLSError) -> TLSSession {
        guard let ssl = SSL_new(context), let session = TLSSession(ssl) else {
            throw TLSError(description: "OpenSSL could not begin a session")
        }
        return session
    }

    /// Of the names a client offers, each behind its length; a client that offers only others is refused, as RFC 7301 wants it.
    private static func choose(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
        _ count: UInt32
    ) -> Int32 {
        let names = UnsafeBufferPointer(start: offered, count: Int(count))
        var position = 0
        while position < names.count {
            let end = position + 1 + Int(names[position])
            guard end <= names.count else { break }
            if names[(position + 1)..<end].elementsEqual("http/1.1".utf8) {
                chosen?.pointee = offered.map { $0 + position + 1 }
                length?.pointee = names[position]
                return SSL_TLSEXT_ERR_OK
            }
            position = end
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
