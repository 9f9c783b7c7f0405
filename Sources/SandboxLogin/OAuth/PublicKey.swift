internal import COpenSSL

/// An RSA public key, taken from a PEM certificate or public key.
package final class PublicKey: Sendable {
    /// OpenSSL counts references to it atomically, and verifying only reads it, so that it may be shared.
    nonisolated(unsafe) private let key: OpaquePointer

    /// Nil when the text is no certificate or public key with an RSA key of 1024 to 8192 bits.
    package init?(pem: String) {
        defer { ERR_clear_error() }
        let found = Array(pem.utf8).withUnsafeBytes { bytes -> OpaquePointer? in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(source) }
            guard pem.contains("-----BEGIN CERTIFICATE") else { return PEM_read_bio_PUBKEY(source, nil, { _, _, _, _ in 0 }, nil) }
            guard let certificate = PEM_read_bio_X509(source, nil, { _, _, _, _ in 0 }, nil) else { return nil }
            defer { X509_free(certificate) }
            return X509_get_pubkey(certificate)
        }
        guard let found, EVP_PKEY_get_base_id(found) == EVP_PKEY_RSA, (1024...8192).contains(EVP_PKEY_get_bits(found)) else {
            EVP_PKEY_free(found)
            return nil
        }
        key = found
    }

    deinit { EVP_PKEY_free(key) }

    /// RSASSA-PKCS1-v1_5 with SHA-256, which JWT calls RS256.
    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        defer { ERR_clear_error() }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
