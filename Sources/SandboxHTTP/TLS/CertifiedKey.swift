internal import COpenSSL
import Foundation

/// A key and the certificate for it: of the org's own authority, or of its server.
package final class CertifiedKey: Sendable {
    /// OpenSSL counts references to both atomically, and after they are made they are only read, so that they may be shared.
    package nonisolated(unsafe) let key: OpaquePointer
    package nonisolated(unsafe) let certificate: OpaquePointer

    /// Takes both over.
    init(key: OpaquePointer, certificate: OpaquePointer) {
        self.key = key
        self.certificate = certificate
    }

    /// Nil when one of the texts is not in PEM form, or they do not belong together.
    convenience init?(keyPEM: String, certificatePEM: String) {
        let key = Self.read(keyPEM) { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in 0 }, nil) }
        let certificate = Self.read(certificatePEM) { PEM_read_bio_X509($0, nil, { _, _, _, _ in 0 }, nil) }
        guard let key, let certificate, X509_check_private_key(certificate, key) == 1 else {
            EVP_PKEY_free(key)
            X509_free(certificate)
            ERR_clear_error()
            return nil
        }
        self.init(key: key, certificate: certificate)
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    package var certificatePEM: String { Self.write { PEM_write_bio_X509($0, certificate) } }
    var keyPEM: String { Self.write { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) } }

    /// Whether the certificate is good already, and still will be after so many seconds.
    func isGood(for seconds: Int) -> Bool {
        var then = time(nil) + seconds
        return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 && X509_cmp_time(X509_get0_notAfter(certificate), &then) > 0
    }

    func isSigned(by authority: CertifiedKey) -> Bool {
        defer { ERR_clear_error() }
        return X509_verify(certificate, authority.key) == 1
    }

    private static func read(_ pem: String, _ parse: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        Array(pem.utf8).withUnsafeBytes { bytes in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(source) }
            return parse(source)
        }
    }

    private static func write(_ print: (OpaquePointer) -> Int32) -> String {
        guard let target = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(target) }
        guard print(target) == 1 else { return "" }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(target))
        let count = BIO_read(target, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(max(Int(count), 0)), as: UTF8.self)
    }
}
