public import Foundation
public import Secrets

/// How a connection's Salesforce credentials are sealed: as JSON, bound to the connection's row.
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
        do {
            return try JSONDecoder().decode(type, from: Data(key.open(sealed, context: context(connection.id))))
        } catch let error as SecretsError where error.code == .library {
            throw error
        } catch {
            // Not what the decoder says: it may quote what it read.
            let reason = (error as? SecretsError)?.message ?? "expected credentials"
            throw CatalogError(
                code: .credentialsUnreadable,
                message: "the stored Salesforce credentials of connection \(connection.name) cannot be read: \(reason); authorize it again")
        }
    }
}
