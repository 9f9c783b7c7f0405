/// A page of the journal, the newest first.
public struct EventPage: Sendable {
    /// The events.
    public let events: [Event]
    /// Before which event the next page begins; nil when there is none.
    public let next: Int64?
    /// Whether the page ends because the journal was searched for as long as somebody waits, and not because it is full.
    public let isCutShort: Bool
}
