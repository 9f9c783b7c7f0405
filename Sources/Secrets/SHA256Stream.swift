internal import COpenSSL

/// SHA-256 of bytes that arrive piece by piece. Not Sendable: it is one stream's state.
public final class SHA256Stream {
    private let context: OpaquePointer

    /// Starts an empty digest.
    public init() throws(SecretsError) {
        guard let context = EVP_MD_CTX_new() else { throw .library("EVP_MD_CTX_new") }
        self.context = context
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw .library("EVP_DigestInit_ex") }
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds bytes.
    public func update(_ bytes: UnsafeRawBufferPointer) throws(SecretsError) {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else { throw .library("EVP_DigestUpdate") }
    }

    /// Adds bytes.
    public func update(_ bytes: [UInt8]) throws(SecretsError) {
        guard EVP_DigestUpdate(context, bytes, bytes.count) == 1 else { throw .library("EVP_DigestUpdate") }
    }

    /// The digest of all bytes so far; ends the stream.
    public func finish() throws(SecretsError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        guard EVP_DigestFinal_ex(context, &digest, nil) == 1 else { throw .library("EVP_DigestFinal_ex") }
        return digest
    }

    /// The digest of bytes at hand.
    public static func digest(_ bytes: [UInt8]) throws(SecretsError) -> [UInt8] {
        let stream = try SHA256Stream()
        try stream.update(bytes)
        return try stream.finish()
    }
}
