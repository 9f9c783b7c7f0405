/// How much an event matters.
public enum EventLevel: String, Sendable, Hashable, CaseIterable, Codable {
    /// Of interest to who looks for a fault.
    case debug
    /// What normally happens.
    case info
    /// Something that passes by itself, or nearly went wrong.
    case warning
    /// Something that somebody should look at.
    case error
}

/// What an event is about.
public enum EventType: String, Sendable, Hashable, CaseIterable, Codable {
    /// Salesforce to Postgres.
    case read
    /// Postgres to Salesforce.
    case write
    /// What is mapped, and how.
    case configuration
    /// The connection itself: its login, its database, its state.
    case connection
    /// Everything else.
    case system

    /// What a job of this kind speaks of.
    public init(jobKind: String) {
        self =
            switch JobKind(rawValue: jobKind) {
            case .load, .loadPage, .poll, .pollMany, .catchUp, .verify: .read
            case .write, .writeLane, .resolve: .write
            case .importConfiguration: .configuration
            default: .system
            }
    }
}
