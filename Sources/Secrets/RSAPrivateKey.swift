internal import COpenSSL

/// An RSA private key, for signing JWT assertions.
public final class RSAPrivateKey: Sendable {
    /// OpenSSL counts references to an EVP_PKEY atomically, and signing only reads it, so that it may be shared.
    private nonisolated(unsafe) let key: OpaquePointer

    /// Reads a PEM private key (PKCS#1 or PKCS#8, without a passphrase). `\n` written as two characters, as environment
    /// variables often have it, is understood.
    public init(pem: String) throws(SecretsError) {
        let key = Array(Self.withRealNewlines(pem).utf8).withUnsafeBytes { bytes -> OpaquePointer? in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(source) }
            // An empty passphrase callback, so that OpenSSL never asks on the terminal.
            return PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in 0 }, nil)
        }
        guard let key, EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
            EVP_PKEY_free(key)
            ERR_clear_error()
            throw SecretsError(.malformedKey, "expected an RSA private key in PEM form, without a passphrase")
        }
        self.key = key
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, which JWT calls RS256.
    public func signRS256(_ message: [UInt8]) throws(SecretsError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .library("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1 else { throw .library("EVP_DigestSignInit") }
        var count = Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { throw .library("EVP_DigestSign") }
        return Array(signature.prefix(count))
    }

    /// A signed JWT in compact form, of claims that are JSON already.
    public func jwt(claimsJSON: [UInt8]) throws(SecretsError) -> String {
        let input = Base64.encodeURLSafe(Array(#"{"alg":"RS256","typ":"JWT"}"#.utf8)) + "." + Base64.encodeURLSafe(claimsJSON)
        return input + "." + Base64.encodeURLSafe(try signRS256(Array(input.utf8)))
    }

    private static func withRealNewlines(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "n") {
                result.append(UInt8(ascii: "\n"))
                index += 2
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
