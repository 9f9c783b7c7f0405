internal import COpenSSL
public import Redaction

/// A person's password as it is stored: scrypt with a random salt, parameters inside the text so that they can be raised later.
public struct PasswordHash: Sendable, Hashable {
    /// `scrypt$log2(N)$r$p$salt$hash`, the last two base64.
    @Redacted public private(set) var text: String

    /// Hashes a password. Takes about 50 ms and 32 MB on purpose: call it away from the cooperative pool's hot paths.
    public init(of password: String) throws(SecretsError) {
        let parameters = Parameters.current
        let salt = try SecureRandom.bytes(16)
        let hash = try Self.derive(password, salt: salt, parameters)
        text = "scrypt$\(parameters.logN)$\(parameters.r)$\(parameters.p)$\(Base64.encode(salt))$\(Base64.encode(hash))"
    }

    /// Takes a stored hash.
    public init(text: String) {
        self.text = text
    }

    /// Whether this is the password's hash. A text of another form is an error rather than a mismatch.
    public func matches(_ password: String) throws(SecretsError) -> Bool {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0] == "scrypt", let logN = UInt64(fields[1]), let r = UInt64(fields[2]), let p = UInt64(fields[3]),
            (1...20).contains(logN), (1...32).contains(r), (1...16).contains(p),
            let salt = Base64.decode(fields[4]), let hash = Base64.decode(fields[5]), hash.count == Self.hashSize
        else { throw SecretsError(.malformedKey, "expected a stored password hash: scrypt$log2(N)$r$p$salt$hash") }
        return ConstantTime.equal(hash, try Self.derive(password, salt: salt, Parameters(logN: logN, r: r, p: p)))
    }

    private struct Parameters {
        let logN: UInt64
        let r: UInt64
        let p: UInt64

        static let current = Parameters(logN: 15, r: 8, p: 1)
    }

    private static let hashSize = 32

    private static func derive(_ password: String, salt: [UInt8], _ parameters: Parameters) throws(SecretsError) -> [UInt8] {
        try scrypt(Array(password.utf8), salt: salt, n: 1 << parameters.logN, r: parameters.r, p: parameters.p, count: hashSize)
    }

    /// scrypt itself (RFC 7914).
    static func scrypt(_ password: [UInt8], salt: [UInt8], n: UInt64, r: UInt64, p: UInt64, count: Int) throws(SecretsError) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: count)
        let memoryLimit = 128 * r * (n + p + 2) + 1024 * 1024
        let result = password.withUnsafeBytes { password in
            EVP_PBE_scrypt(
                password.bindMemory(to: CChar.self).baseAddress, password.count, salt, salt.count, n, r, p, memoryLimit, &key, count)
        }
        guard result == 1 else { throw .library("EVP_PBE_scrypt") }
        return key
    }
}
