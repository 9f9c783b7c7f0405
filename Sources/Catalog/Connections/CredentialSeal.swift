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
    /// - Throws: `CatalogError` with code `.configuration` when it was never authorized; `SecretsError`; `DecodingError`.
    public static func open<Credentials: Decodable>(
        _ connection: Connection, key: SealingKey, as type: Credentials.Type = Credentials.self
    ) throws -> Credentials {
        guard let sealed = connection.credentialsSealed else {
            throw CatalogError(code: .configuration, message: "connection \(connection.name) was never authorized at Salesforce")
        }
        return try JSONDecoder().decode(type, from: Data(key.open(sealed, context: context(connection.id))))
    }
}
