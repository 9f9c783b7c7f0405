public import Foundation
import Postgres

/// An administrative change and who made it.
public struct AuditEntry: Sendable, Identifiable {
    /// Its number.
    public let id: Int64
    /// The connection that was changed; nil when it was the installation, or a connection that is gone.
    public let connectionID: UUID?
    /// When.
    public let at: Date
    /// Who: a user's e-mail address, or the program's part.
    public let actor: String
    /// What, such as `mapping.reload`.
    public let action: String
    /// More about it, JSON text.
    public let details: String
    /// From where it was made, when by a request.
    public let address: String?
    /// By which token or session.
    public let via: String?
}

extension AuditEntry {
    init(row: PostgresRow) throws {
        self.init(
            id: try row.decode("id"), connectionID: try row.decodeIfPresent("connection_id"), at: try row.decode("at"),
            actor: try row.decode("actor"), action: try row.decode("action"),
            details: try row.decode("details"), address: try row.decodeIfPresent("address"), via: try row.decodeIfPresent("via"))
    }
}
