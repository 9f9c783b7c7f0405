public import Foundation
public import Postgres

/// What a poll came to that found nothing.
public struct QuietPoll: Sendable {
    /// The mapping.
    public let mapping: UUID
    /// Its watermark when Salesforce was asked.
    public let before: Date
    /// The next one.
    public let watermark: Date
    /// Whether the window reached back as far as a transaction can last.
    public let isWide: Bool
    /// How far the delete log was read; nil when it was not.
    public let deletesUntil: Date?
    /// Whether the object was described just now and has not changed.
    public let isDescribed: Bool

    /// A poll.
    public init(mapping: UUID, before: Date, watermark: Date, isWide: Bool, deletesUntil: Date?, isDescribed: Bool) {
        self.mapping = mapping
        self.before = before
        self.watermark = watermark
        self.isWide = isWide
        self.deletesUntil = deletesUntil
        self.isDescribed = isDescribed
    }
}

extension CatalogStore {
    /// Moves the watermarks of mappings in which nothing has changed; those that somebody else has read meanwhile stay.
    ///
    /// - Throws: `PostgresError`.
    public static func noteQuiet(_ polls: [QuietPoll], in session: PostgresSession) throws {
        try session.run(
            .prepared(
                """
                UPDATE sluice.mappings m
                SET watermark = greatest(q.watermark, m.watermark), complete_watermark = CASE WHEN q.is_wide THEN greatest(q.watermark, m.complete_watermark)
                        ELSE m.complete_watermark END,
                    delete_watermark = coalesce(q.deletes_until, m.delete_watermark), sf_polled_at = sluice.clock(),
                    described_at = CASE WHEN q.is_described THEN sluice.clock() ELSE m.described_at END, updated_at = sluice.clock()
                FROM unnest(
                    \(polls.map(\.mapping))::uuid[], \(nullable: polls.map(\.before.postgresText))::timestamptz[], \(nullable: polls.map(\.watermark.postgresText))::timestamptz[],
                    \(polls.map(\.isWide))::boolean[], \(nullable: polls.map { $0.deletesUntil?.postgresText })::timestamptz[], \(polls.map(\.isDescribed))::boolean[]
                ) AS q (id, before, watermark, is_wide, deletes_until, is_described)
                WHERE m.id = q.id AND abs(extract(epoch FROM m.watermark - q.before)) < 0.001 AND m.state = \(MappingState.dataSynced.rawValue)
                """))
    }
}
