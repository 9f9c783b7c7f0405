public import Foundation
public import Secrets

/// How an outlet's address and key are sealed: bound to the outlet's row.
public enum OutletSeal {
    /// Under which context the address is sealed.
    public static func address(_ id: UUID) -> String { "outlets.address:\(id.uuidString.lowercased())" }

    /// Under which context the key of its signatures is sealed.
    public static func secret(_ id: UUID) -> String { "outlets.secret:\(id.uuidString.lowercased())" }

    /// Opens what is sealed.
    ///
    /// - Throws: `SecretsError`.
    public static func open(_ sealed: String, context: String, key: SealingKey) throws -> String {
        String(decoding: try key.open(sealed, context: context), as: UTF8.self)
    }
}
