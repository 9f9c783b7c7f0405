import ForeignText
public import Foundation
public import Postgres

/// An administrative change and who made it.
public struct AuditEntry: Sendable, Identifiable {
    /// Its number.
    public let id: Int64
    /// The connection that was changed; nil when it was the installation, or a connection that is gone.
    public let connectionID: UUID?
    /// When.
    public let at: Date
    /// Who: a user's e-mail address, or the program's part.
    public let actor: String
    /// What, such as `mapping.reload`.
    public let action: String
    /// More about it, JSON text.
    public let details: String
    /// From where it was made, when by a request.
    public let address: String?
    /// By which token or session.
    public let via: String?
}

extension CatalogStore {
    /// Notes an administrative change. Secrets in the details, by the names of their keys, are struck out.
    ///
    /// - Throws: `PostgresError`.
    public func audit(_ connectionID: UUID?, actor: String, action: String, details: JSONValue = [:]) async throws {
        try await pool.withSession { try Self.audit(connectionID, actor: actor, action: action, details: details, in: $0) }
    }

    /// Notes an administrative change in the caller's transaction. Secrets in the details, by the names of their keys, are struck out.
    ///
    /// - Throws: `PostgresError`.
    public static func audit(
        _ connectionID: UUID?, actor: String, action: String, details: JSONValue = [:], in session: PostgresSession
    ) throws {
        let request = AuditedRequest.current
        try session.run(
            """
            INSERT INTO sluice.audit_trail (connection_id, actor, action, details, address, via)
            VALUES (\(connectionID), \(String(foreign: actor, limit: 255)), \(action), \(details.audited.text),
                \(request?.address), \(request?.via))
            """)
        request?.note()
    }

    /// A connection's administrative changes, newest first.
    ///
    /// - Throws: `PostgresError`.
    public func auditTrail(_ connectionID: UUID, limit: Int = 100) async throws -> [AuditEntry] {
        try await auditPage(connectionID, before: nil, limit: limit).entries
    }
}
