internal import COpenSSL

/// Bytes that nobody can guess.
public enum SecureRandom {
    /// Fresh random bytes.
    public static func bytes(_ count: Int) throws(SecretsError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw .library("RAND_bytes") }
        return bytes
    }
}
