public import Catalog
public import Foundation
import Postgres

extension CatalogStore {
    /// A connection's administrative changes, newest first.
    ///
    /// - Throws: `PostgresError`.
    public func auditTrail(_ connectionID: UUID, limit: Int = 100) async throws -> [AuditEntry] {
        try await auditPage(connectionID, before: nil, limit: limit).entries
    }

    /// A page of administrative changes, the newest first.
    ///
    /// - Parameters:
    ///   - connectionID: the connection that was changed; nil is all that was, of connections and of the installation.
    ///   - before: only entries older than this one.
    /// - Returns: the page, and before which entry the next one begins.
    /// - Throws: `PostgresError`.
    public func auditPage(_ connectionID: UUID?, before: Int64?, limit: Int) async throws -> (entries: [AuditEntry], next: Int64?) {
        let ofOne: PostgresQuery = connectionID.map { "connection_id = \($0) AND" } ?? ""
        let rows = try await pool.query(
            """
            SELECT id, connection_id, at, actor, action, details, address, via FROM sluice.audit_trail
            WHERE \(fragment: ofOne) id < \(before ?? .max) ORDER BY id DESC LIMIT \(limit + 1)
            """, timeout: .seconds(5)
        ).map(AuditEntry.init(row:))
        let entries = Array(rows.prefix(limit))
        return (entries, rows.count > limit ? entries.last?.id : nil)
    }
}
