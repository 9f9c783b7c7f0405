public import Foundation
public import Postgres

extension CatalogStore {
    /// Says nothing of a table's completeness (`sluice.complete_until`) until it was loaded: it was filled or emptied by somebody else.
    ///
    /// - Throws: `PostgresError`.
    public static func doubtCompleteness(of mappingID: UUID, in session: PostgresSession) throws {
        try session.run("UPDATE sluice.mappings SET is_whole = false, complete_until = NULL WHERE id = \(mappingID)")
    }

    /// A moment, by the org's clock, up to which every commit of the org is in a mapping's table; nil while nothing can be said.
    ///
    /// - Parameter connection: its name, resource name or id.
    /// - Throws: `PostgresError`.
    public func completeUntil(connection: String, object: String) async throws -> Date? {
        try await pool.query("SELECT sluice.complete_until(\(connection), \(object)) AS moment")[0].decodeIfPresent("moment")
    }
}
