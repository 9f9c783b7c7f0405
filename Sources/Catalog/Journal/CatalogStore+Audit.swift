import ForeignText
public import Foundation
public import Postgres

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
}
