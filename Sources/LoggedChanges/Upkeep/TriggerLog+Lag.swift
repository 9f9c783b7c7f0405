package import Foundation
package import MappedSchema
package import Postgres

extension TriggerLog {
    /// Since when the oldest change of some tables waits, by the target's clock, and how long that is.
    package struct Lag: Sendable, Equatable {
        package let since: Date
        package let seconds: Double
    }

    /// Among how many of the oldest changes those of the tables are looked for: in front of them may lie what no mapping writes.
    private static let lookedThrough = 10_000

    /// Looks at the oldest changes only, by an index, however many wait.
    ///
    /// - Parameter tables: those whose changes are written.
    /// - Returns: nil where nothing of them waits.
    /// - Throws: `PostgresError`.
    package func lag(tables: [String], in session: PostgresSession) throws -> Lag? {
        let oldest: (String) -> PostgresQuery = { state in
            "(SELECT id, table_name, created_at FROM \(fragment: log) WHERE state = \(state) ORDER BY id LIMIT \(Self.lookedThrough))"
        }
        let row = try session.query(
            """
            SELECT min(created_at)::timestamptz AS since, extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS seconds
            FROM (\(fragment: oldest("NEW")) UNION ALL \(fragment: oldest("PENDING"))) AS waiting WHERE table_name = ANY (\(tables)::text[])
            """)[0]
        guard let since = try row.decodeIfPresent("since", as: Date.self), let seconds = try row.decodeIfPresent("seconds", as: Double.self)
        else { return nil }
        return Lag(since: since, seconds: max(0, seconds))
    }
}
