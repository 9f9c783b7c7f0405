import ForeignText

/// A row that Salesforce has and the target database does not take, or does not let go: somebody's constraint or trigger is against it.
public struct RefusedRow: Sendable, Hashable {
    /// The record's Salesforce id.
    public let sfid: String
    /// Postgres' code for the refusal, five characters.
    public let sqlState: String
    /// The constraint that refuses it, where one does.
    public let constraint: String?
    /// What Postgres says, for people.
    public let reason: String

    /// Describes a refusal.
    public init(sfid: String, sqlState: String, constraint: String?, reason: String) {
        self.sfid = sfid
        self.sqlState = sqlState
        self.constraint = constraint.map { String(foreign: $0) }
        self.reason = String(foreign: reason)
    }
}
