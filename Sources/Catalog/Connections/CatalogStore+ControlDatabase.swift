public import Foundation
import Postgres

extension CatalogStore {
    /// What tells this control database from others, wherever it is reached: made once, with the schema.
    ///
    /// - Throws: `PostgresError`.
    public func controlDatabaseID() async throws -> UUID {
        try await pool.query(.prepared("SELECT id FROM sluice.control_database"))[0].decode("id")
    }
}
