public import Foundation
import Postgres

extension CatalogStore {
    /// Replaces a connection's sealed credentials: for a refresh token that Salesforce rotated, which must be kept before the access token
    /// that came with it is used.
    ///
    /// - Throws: `PostgresError`.
    public func replaceCredentials(_ id: UUID, sealed: String) async throws {
        try await pool.run(
            "UPDATE sluice.connections SET credentials_sealed = \(sealed), auth_updated_at = sluice.clock() WHERE id = \(id)")
    }
}
