internal import COpenSSL

/// Keyed hashes.
public enum HMAC {
    /// HMAC-SHA256 of a message.
    public static func sha256(_ message: [UInt8], key: [UInt8]) throws(SecretsError) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        guard COpenSSL.HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &count) != nil, count == 32 else {
            throw .library("HMAC")
        }
        return code
    }
}

/// Comparison that takes the same time wherever the difference is.
public enum ConstantTime {
    /// Whether both are the same bytes. Only their lengths may show in the time it takes.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
