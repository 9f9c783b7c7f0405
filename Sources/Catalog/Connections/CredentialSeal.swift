public import Foundation
public import Secrets

/// How a connection's Salesforce credentials and its access token are sealed: as JSON, bound to the connection's row.
public enum CredentialSeal {
    /// Under which context credentials are sealed.
    public static func context(_ connectionID: UUID) -> String {
        "connections.credentials:\(connectionID.uuidString.lowercased())"
    }

    /// Seals credentials for a connection.
    ///
    /// - Throws: `SecretsError`, `EncodingError`.
    public static func seal(_ credentials: some Encodable, for connectionID: UUID, key: SealingKey) throws -> String {
        try key.seal(Array(JSONEncoder().encode(credentials)), context: context(connectionID))
    }

    /// Opens a connection's credentials.
    ///
    /// - Throws: `CatalogError` with code `.incomplete` when it was never authorized, `.credentialsUnreadable` when the seal does not open or holds
    ///   something else; `SecretsError` when OpenSSL fails.
    public static func open<Credentials: Decodable>(
        _ connection: Connection, key: SealingKey, as type: Credentials.Type = Credentials.self
    ) throws -> Credentials {
        guard let sealed = connection.credentialsSealed else {
            throw CatalogError(code: .incomplete, message: "connection \(connection.name) was never authorized at Salesforce")
        }
        return try open(credentials: sealed, of: connection.id, key: key)
    }

    /// Opens credentials that were read by themselves.
    ///
    /// - Throws: `CatalogError` with code `.credentialsUnreadable` when the seal does not open; `SecretsError` when OpenSSL fails.
    public static func open<Credentials: Decodable>(
        credentials sealed: String, of connectionID: UUID, key: SealingKey, as type: Credentials.Type = Credentials.self
    ) throws -> Credentials {
        do {
            return try JSONDecoder().decode(type, from: Data(key.open(sealed, context: context(connectionID))))
        } catch let error as SecretsError where error.code == .library {
            throw error
        } catch {
            // Not what the decoder says: it may quote what it read.
            let reason = (error as? SecretsError)?.message ?? "expected credentials"
            throw CatalogError(
                code: .credentialsUnreadable,
                message: "the stored Salesforce credentials cannot be read: \(reason); authorize the connection again")
        }
    }

    /// Seals a connection's access token.
    ///
    /// - Throws: `SecretsError`, `EncodingError`.
    public static func seal(token: some Encodable, for connectionID: UUID, key: SealingKey) throws -> String {
        try key.seal(Array(JSONEncoder().encode(token)), context: tokenContext(connectionID))
    }

    /// Opens a connection's access token.
    ///
    /// - Throws: `SecretsError`; `DecodingError`.
    public static func open<Token: Decodable>(
        token sealed: String, of connectionID: UUID, key: SealingKey, as type: Token.Type = Token.self
    ) throws -> Token {
        try JSONDecoder().decode(type, from: Data(key.open(sealed, context: tokenContext(connectionID))))
    }

    private static func tokenContext(_ connectionID: UUID) -> String {
        "salesforce_sessions.token:\(connectionID.uuidString.lowercased())"
    }
}
