public import Foundation
import Postgres

/// How often somebody may still ask for a poll of a mapping.
public struct PollAllowance: Sendable, Hashable {
    /// How many more today; the day is UTC's.
    public let left: Int
    /// How many a day.
    public let perDay: Int
    /// How long to wait between two.
    public let pause: Duration
    /// When the next may be asked for; nil when at once.
    public let nextAt: Date?
}

extension CatalogStore {
    /// What is left of a mapping's polls by hand.
    ///
    /// - Throws: `PostgresError`.
    public func pollAllowance(of mapping: UUID) async throws -> PollAllowance {
        guard let allowance = try await pollAllowances(of: [mapping])[mapping] else {
            throw CatalogError(code: .corrupt, message: "nobody said how often polls may be asked for")
        }
        return allowance
    }

    /// The same of several mappings.
    ///
    /// - Throws: `PostgresError`.
    public func pollAllowances(of mappings: [UUID]) async throws -> [UUID: PollAllowance] {
        if mappings.isEmpty { return [:] }
        return try await pool.query(
            """
            SELECT id, per_day, extract(epoch FROM pause)::bigint AS pause, greatest(0, per_day - spent)::bigint AS left_today,
                   CASE WHEN spent >= per_day THEN (today + 1)::timestamp AT TIME ZONE 'UTC' WHEN free_at > now THEN free_at END AS next_at
            FROM (
                SELECT asked.id, l.per_day, l.pause, clock.now, clock.today, r.last_at + l.pause AS free_at,
                       CASE WHEN r.day = clock.today THEN r.requests ELSE 0 END AS spent
                FROM unnest(\(mappings)::uuid[]) AS asked (id) CROSS JOIN sluice.poll_limits l
                CROSS JOIN (SELECT now, (now AT TIME ZONE 'UTC')::date AS today FROM (SELECT sluice.clock() AS now OFFSET 0) AS c) AS clock
                LEFT JOIN sluice.poll_requests r ON r.mapping_id = asked.id
            ) AS counted
            """, timeout: .seconds(5)
        ).reduce(into: [:]) { allowances, row in
            allowances[try row.decode("id", as: UUID.self)] = PollAllowance(
                left: try row.decode("left_today"), perDay: try row.decode("per_day"),
                pause: .seconds(try row.decode("pause", as: Int.self)), nextAt: try row.decodeIfPresent("next_at"))
        }
    }
}
