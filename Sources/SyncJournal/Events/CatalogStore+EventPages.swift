public import Catalog
public import Foundation
import Postgres

extension CatalogStore {
    /// Events looked at in one statement, at most.
    private static let longestStride = 50_000
    /// How long somebody waits for a search; what it found until then is a page.
    private static let patience = Duration.seconds(2)

    /// A page of a connection's journal, the newest first. It walks an index from the newest event on, and where few events are meant it walks
    /// far; then it ends after two seconds, and the next page goes on from there.
    ///
    /// - Parameter before: only events older than this one.
    /// - Throws: `PostgresError`.
    public func eventPage(_ connectionID: UUID, _ filter: EventFilter, before: Int64?, limit: Int) async throws -> EventPage {
        let end = ContinuousClock.now + Self.patience
        var found: [Event] = []
        var place = before ?? .max
        var stride = limit + 1
        while true {
            let stretch = try await self.stretch(connectionID, filter, before: place, stride: stride, limit: limit + 1 - found.count)
            stride = min(stride * 10, Self.longestStride)
            found += stretch.events
            if found.count > limit { return EventPage(events: Array(found.prefix(limit)), next: found[limit - 1].id, isCutShort: false) }
            guard let oldest = stretch.oldest else { return EventPage(events: found, next: nil, isCutShort: false) }
            place = oldest
            if ContinuousClock.now > end { return EventPage(events: found, next: place, isCutShort: true) }
        }
    }

    /// - Returns: what is meant among the next events, and the oldest that was looked at, unless there are no more.
    private func stretch(
        _ connectionID: UUID, _ filter: EventFilter, before: Int64, stride: Int, limit: Int
    ) async throws -> (events: [Event], oldest: Int64?) {
        let rows = try await pool.query(
            """
            WITH seen AS MATERIALIZED (
                SELECT * FROM sluice.events WHERE \(fragment: filter.walked(connectionID)) AND id < \(before) ORDER BY id DESC LIMIT \(stride)
            ), meant AS (
                SELECT * FROM seen WHERE \(fragment: filter.remaining) AND (\(filter.since)::timestamptz IS NULL OR at >= \(filter.since))
                ORDER BY id DESC LIMIT \(limit)
            )
            SELECT meant.*, m.object_name, bounds.oldest, bounds.goes_on
            FROM (
                SELECT min(id) AS oldest, count(*) = \(stride) AND (\(filter.since)::timestamptz IS NULL OR min(at) >= \(filter.since)) AS goes_on
                FROM seen
            ) AS bounds
            LEFT JOIN meant ON true LEFT JOIN sluice.mappings m ON m.id = meant.mapping_id
            ORDER BY meant.id DESC
            """, timeout: .seconds(10))
        let goesOn: Bool = try rows[0].decode("goes_on")
        let events = try rows.filter { try $0.decodeIfPresent("id", as: Int64.self) != nil }.map {
            try Event(row: $0, objectName: $0.decodeIfPresent("object_name"))
        }
        return (events, goesOn ? try rows[0].decodeIfPresent("oldest") : nil)
    }

    /// The latest events of some connections, newest first.
    ///
    /// - Throws: `PostgresError`.
    public func events(connections: [UUID], mapping: UUID? = nil, level: EventLevel? = nil, limit: Int = 50) async throws -> [Event] {
        try await pool.query(
            """
            SELECT * FROM sluice.events
            WHERE connection_id = ANY (\(connections)::uuid[]) AND (\(mapping)::uuid IS NULL OR mapping_id = \(mapping))
            AND (\(level?.rawValue)::text IS NULL OR level = \(level?.rawValue))
            ORDER BY id DESC LIMIT \(limit)
            """
        ).map { try Event(row: $0) }
    }

    /// The number of the newest event; 0 when there is none.
    ///
    /// - Throws: `PostgresError`.
    public func newestEvent() async throws -> Int64 {
        try await pool.query("SELECT coalesce(max(id), 0) AS id FROM sluice.events", timeout: .seconds(5))[0].decode("id")
    }

    /// Events of all connections, or of one, with a higher number than this, oldest first. Numbers are drawn before events are visible: one may come
    /// later than a higher one.
    ///
    /// - Throws: `PostgresError`.
    public func events(after id: Int64, connection: UUID? = nil, limit: Int) async throws -> [Event] {
        let lane: PostgresQuery = connection.map { "e.connection_id = \($0) AND" } ?? ""
        return try await pool.query(
            """
            SELECT e.*, m.object_name FROM sluice.events e LEFT JOIN sluice.mappings m ON m.id = e.mapping_id
            WHERE \(fragment: lane) e.id > \(id) ORDER BY e.id LIMIT \(limit)
            """, timeout: .seconds(5)
        ).map { try Event(row: $0, objectName: $0.decodeIfPresent("object_name")) }
    }
}
