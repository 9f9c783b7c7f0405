/// Secret texts that are handed out once, such as API tokens.
public enum Token {
    /// A fresh token of 256 random bits: the prefix, then 43 URL-safe characters. The prefix lets people and secret scanners
    /// see what it is.
    public static func generate(prefix: String) throws(SecretsError) -> String {
        prefix + Base64.encodeURLSafe(try SecureRandom.bytes(32))
    }
}

/// What is stored of a token. A plain SHA-256 is enough because a token holds 256 random bits: there is nothing to guess.
public struct TokenHash: Sendable, Hashable, CustomStringConvertible {
    /// SHA-256 in lower-case hexadecimal.
    public let hex: String

    /// Hashes a token.
    public init(of token: String) throws(SecretsError) {
        hex = Hex.encode(try SHA256Stream.digest(Array(token.utf8)))
    }

    /// Takes a stored hash.
    public init(hex: String) {
        self.hex = hex
    }

    /// Whether this is the token's hash, compared in constant time.
    public func matches(_ token: String) throws(SecretsError) -> Bool {
        ConstantTime.equal(Array(hex.utf8), Array(try TokenHash(of: token).hex.utf8))
    }

    /// The hash.
    public var description: String { hex }
}
