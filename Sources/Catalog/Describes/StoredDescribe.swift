public import Foundation
import Postgres

/// What Salesforce said of an object in one API version.
public struct StoredDescribe: Sendable {
    /// The document for clients, JSON text; nil when the org has no such object, or the integration user may not see it.
    public let document: String?
    /// When it was said.
    public let describedAt: Date
    /// How long ago that was, by the database's clock.
    public let age: Duration

    init(row: PostgresRow) throws {
        document = try row.decodeIfPresent("document")
        describedAt = try row.decode("described_at")
        age = .milliseconds(try row.decode("age_ms", as: Int.self))
    }
}
