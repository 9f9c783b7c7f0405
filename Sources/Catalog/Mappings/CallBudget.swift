public import Foundation
import Postgres

/// What is left of the calls to Salesforce that reading a mapping may take a day (`sf_max_daily_api_calls`); the day is UTC's.
public struct CallBudget: Sendable, Hashable {
    /// How many a day.
    public let perDay: Int
    /// How many today.
    public let spent: Int
    /// When the next day begins.
    public let renewsAt: Date

    /// Whether nothing is left.
    public var isSpent: Bool { spent >= perDay }

    /// Whether so little is left that calls which no process has written down yet may be all of it.
    public var isNearlySpent: Bool { spent + max(100, perDay / 20) >= perDay }

    /// Why the mapping rests, for people.
    public var reason: String {
        "the \(perDay) calls a day that reading it may take (sf_max_daily_api_calls) are spent: it is read again from \(renewsAt.formatted(.iso8601)) on, or at once with a higher limit"
    }
}

extension CatalogStore {
    /// What is left of mappings' calls of today.
    ///
    /// - Throws: `PostgresError`.
    public func callBudgets(of mappings: [Mapping]) async throws -> [UUID: CallBudget] {
        if mappings.isEmpty { return [:] }
        let limits = Dictionary(mappings.map { ($0.id, $0.config.maxDailyAPICalls) }, uniquingKeysWith: { first, _ in first })
        return try await pool.query(
            .prepared(
                """
                SELECT asked.id, CASE WHEN u.day = clock.today THEN u.calls ELSE 0 END AS spent,
                    (clock.today + 1)::timestamp AT TIME ZONE 'UTC' AS renews_at
                FROM unnest(\(mappings.map(\.id))::uuid[]) AS asked (id)
                CROSS JOIN (SELECT (sluice.clock() AT TIME ZONE 'UTC')::date AS today) AS clock
                LEFT JOIN sluice.mapping_usage u ON u.mapping_id = asked.id
                """), timeout: .seconds(5)
        ).reduce(into: [:]) { budgets, row in
            let id: UUID = try row.decode("id")
            budgets[id] = CallBudget(
                perDay: limits[id] ?? MappingConfig.standardDailyAPICalls, spent: try row.decode("spent"),
                renewsAt: try row.decode("renews_at"))
        }
    }
}
