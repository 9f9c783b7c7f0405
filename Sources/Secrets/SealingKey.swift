internal import COpenSSL
internal import Redaction

/// The key that stored credentials are sealed with: AES-256-GCM with a random nonce. The context is authenticated, so that a
/// sealed text moved to another row or column does not open.
public struct SealingKey: Sendable {
    private static let version = "v1."
    private static let keySize = 32
    private static let nonceSize = 12
    private static let tagSize = 16

    @Redacted private var key: [UInt8]

    /// Takes a key of exactly 32 bytes, base64-encoded.
    public init(base64: String) throws(SecretsError) {
        guard let key = Base64.decode(base64), key.count == Self.keySize else {
            throw SecretsError(.malformedKey, "expected 32 bytes in base64 (44 characters); `openssl rand -base64 32` makes one")
        }
        self.key = key
    }

    /// Seals bytes into a text for the database.
    public func seal(_ plaintext: [UInt8], context: String) throws(SecretsError) -> String {
        let nonce = try SecureRandom.bytes(Self.nonceSize)
        var sealed = nonce
        let cipher = try CipherContext(key: key, nonce: nonce, encrypting: true)
        try cipher.authenticate(Array((Self.version + context).utf8))
        sealed += try cipher.update(plaintext)
        guard cipher.finish() else { throw .library("EVP_EncryptFinal_ex") }
        sealed += try cipher.tag(size: Self.tagSize)
        return Self.version + Base64.encodeURLSafe(sealed)
    }

    /// Opens what `seal` made, with the same key and context.
    public func open(_ text: String, context: String) throws(SecretsError) -> [UInt8] {
        guard text.hasPrefix(Self.version),
            let sealed = Base64.decodeURLSafe(text.dropFirst(Self.version.count)),
            sealed.count >= Self.nonceSize + Self.tagSize
        else { throw SecretsError(.malformedSealedText, "expected a text that this program sealed, starting with \(Self.version)") }
        let nonce = Array(sealed.prefix(Self.nonceSize))
        let tag = Array(sealed.suffix(Self.tagSize))
        let cipher = try CipherContext(key: key, nonce: nonce, encrypting: false)
        try cipher.authenticate(Array((Self.version + context).utf8))
        let plaintext = try cipher.update(Array(sealed.dropFirst(Self.nonceSize).dropLast(Self.tagSize)))
        try cipher.expect(tag: tag)
        guard cipher.finish() else {
            throw SecretsError(.cannotOpen, "the sealed text was changed, belongs elsewhere, or was sealed with another key")
        }
        return plaintext
    }
}

/// One AES-256-GCM run.
private final class CipherContext {
    private let context: OpaquePointer

    init(key: [UInt8], nonce: [UInt8], encrypting: Bool) throws(SecretsError) {
        guard let context = EVP_CIPHER_CTX_new() else { throw .library("EVP_CIPHER_CTX_new") }
        self.context = context
        guard EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce, encrypting ? 1 : 0) == 1 else {
            throw .library("EVP_CipherInit_ex")
        }
    }

    deinit {
        EVP_CIPHER_CTX_free(context)
    }

    func authenticate(_ data: [UInt8]) throws(SecretsError) {
        var count: Int32 = 0
        guard EVP_CipherUpdate(context, nil, &count, data, Int32(data.count)) == 1 else { throw .library("EVP_CipherUpdate") }
    }

    func update(_ input: [UInt8]) throws(SecretsError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: input.count)
        var count: Int32 = 0
        guard input.isEmpty || EVP_CipherUpdate(context, &output, &count, input, Int32(input.count)) == 1 else {
            throw .library("EVP_CipherUpdate")
        }
        return output
    }

    /// When decrypting, false means that the tag does not fit.
    func finish() -> Bool {
        var rest = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        return EVP_CipherFinal_ex(context, &rest, &count) == 1
    }

    func tag(size: Int) throws(SecretsError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: size)
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(size), &tag) == 1 else { throw .library("EVP_CIPHER_CTX_ctrl") }
        return tag
    }

    func expect(tag: [UInt8]) throws(SecretsError) {
        var tag = tag
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1 else {
            throw .library("EVP_CIPHER_CTX_ctrl")
        }
    }
}
