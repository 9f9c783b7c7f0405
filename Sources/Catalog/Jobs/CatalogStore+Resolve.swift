public import Foundation
public import Postgres

extension CatalogStore {
    /// Has failed changes tried again or given up, or rows read again or overwritten. The rule is a function of the database (V018), which people in
    /// psql call too.
    ///
    /// - Parameter mapping: the mapping whose changes or rows are meant; nil is all of the connection's.
    /// - Returns: the job that does it.
    /// - Throws: `CatalogError` with code `.conflict` while the connection does not sync; `PostgresError`, `EncodingError`.
    public static func resolve(
        _ args: ResolveArgs, of connectionID: UUID, mapping: UUID?, in session: PostgresSession
    ) throws -> Int64 {
        let text = String(decoding: try JSONEncoder().encode(args), as: UTF8.self)
        return try refusing {
            try session.query("SELECT sluice.ask_for_resolution(\(connectionID), \(mapping), \(text)::jsonb) AS job")[0].decode("job")
        }
    }
}
