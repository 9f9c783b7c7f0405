public import Foundation
import Postgres

extension AuditEntry {
    init(row: PostgresRow) throws {
        self.init(
            id: try row.decode("id"), at: try row.decode("at"), actor: try row.decode("actor"), action: try row.decode("action"),
            details: try row.decode("details"))
    }
}

extension CatalogStore {
    /// A page of a connection's administrative changes, the newest first.
    ///
    /// - Parameter before: only entries older than this one.
    /// - Returns: the page, and before which entry the next one begins.
    /// - Throws: `PostgresError`.
    public func auditPage(_ connectionID: UUID, before: Int64?, limit: Int) async throws -> (entries: [AuditEntry], next: Int64?) {
        let rows = try await pool.query(
            """
            SELECT id, at, actor, action, details FROM sluice.audit_trail
            WHERE connection_id = \(connectionID) AND id < \(before ?? .max) ORDER BY id DESC LIMIT \(limit + 1)
            """, timeout: .seconds(5)
        ).map(AuditEntry.init(row:))
        let entries = Array(rows.prefix(limit))
        return (entries, rows.count > limit ? entries.last?.id : nil)
    }
}
