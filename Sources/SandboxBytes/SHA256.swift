internal import COpenSSL

/// SHA-256 of bytes that come piece by piece, by OpenSSL.
package struct SHA256: ~Copyable {
    /// Nil only when memory is exhausted; OpenSSL then refuses every step.
    private let context = EVP_MD_CTX_new()

    package init() { EVP_DigestInit_ex(context, EVP_sha256(), nil) }

    deinit { EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: UnsafeBufferPointer<UInt8>) { EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) }

    package consuming func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_DigestFinal_ex(context, &digest, nil)
        return digest
    }

    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        bytes.withUnsafeBufferPointer { hash.update($0) }
        return hash.finish()
    }

    /// HMAC (RFC 2104).
    package static func hmac(key: [UInt8], message: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, nil)
        return code
    }

    /// Two digits a byte, in lower case.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
