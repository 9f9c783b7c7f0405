public import Foundation
import Postgres

/// A schema that a connection took over with what stood in it.
public struct Adoption: Sendable, Identifiable {
    /// Its id.
    public let id: UUID
    /// Who asked for it.
    public let requestedBy: String
    /// What was altered in the target, JSON text of the sync engine's own.
    public let alterations: String
    /// The mappings that it made.
    public let mappings: [UUID]
    /// When it was done; nil while it is under way, or broke off.
    public let adoptedAt: Date?

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        requestedBy = try row.decode("requested_by")
        alterations = try row.decode("alterations")
        mappings = try row.decode("mappings")
        adoptedAt = try row.decodeIfPresent("adopted_at")
    }
}
