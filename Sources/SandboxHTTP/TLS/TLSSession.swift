internal import COpenSSL
package import NIOCore

/// One connection's TLS, which does no I/O: bytes of the wire go in by `receive` and come out by `takeOutgoing`. Belongs to one event loop.
package final class TLSSession {
    /// The other side does not speak TLS, or broke its rules.
    package struct Broken: Error {}

    private let ssl: OpaquePointer
    /// Both belong to `ssl`.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// A server's session; takes `ssl` over.
    init?(_ ssl: OpaquePointer) {
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            return nil
        }
        self.ssl = ssl
        self.incoming = incoming
        self.outgoing = outgoing
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_accept_state(ssl)
    }

    deinit { SSL_free(ssl) }

    /// Bytes from the wire.
    func receive(_ bytes: UnsafeRawBufferPointer) {
        var written = 0
        // Memory takes everything.
        BIO_write_ex(incoming, bytes.baseAddress, bytes.count, &written)
    }

    /// Goes on with the handshake; true when it is over.
    func shakeHands() throws(Broken) -> Bool {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        if result == 1 { return true }
        guard SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ else { throw Broken() }
        return false
    }

    /// Adds everything that was received to the buffer; false when the other side has said that no more will come.
    package func read(into buffer: inout ByteBuffer) throws(Broken) -> Bool {
        while true {
            ERR_clear_error()
            var result: Int32 = 0
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 16_384) { space in
                result = SSL_read(ssl, space.baseAddress, Int32(clamping: space.count))
                return max(Int(result), 0)
            }
            if result > 0 { continue }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ: return true
            case SSL_ERROR_ZERO_RETURN: return false
            default: throw Broken()
            }
        }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(Broken) {
        // OpenSSL takes no empty writes.
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        var written = 0
        guard SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &written) == 1, written == bytes.count else { throw Broken() }
    }

    /// Says that no more will come from here.
    package func end() {
        ERR_clear_error()
        SSL_shutdown(ssl)
    }

    /// Bytes for the wire, if there are any.
    func takeOutgoing(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        let count = BIO_ctrl_pending(outgoing)
        guard count > 0 else { return nil }
        var buffer = allocator.buffer(capacity: count)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            var taken = 0
            BIO_read_ex(outgoing, space.baseAddress, count, &taken)
            return taken
        }
        return buffer
    }
}
