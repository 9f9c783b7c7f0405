import ForeignText
import Postgres

/// What keeps a mapping from being read or written, until it works again.
public struct MappingTrouble: Sendable, Hashable {
    /// The kind of job that meets it.
    public let source: JobKind
    /// The state in which it leaves the mapping; nil while trying again may help.
    public let state: MappingState?
    /// What happened, for people.
    public let reason: String
    /// The same for two failures of one kind, whatever row or statement met them.
    public let cause: String
    /// Whether the table lacks something that a load makes anew.
    public let needsLoad: Bool
    /// The attempt that failed, from 1.
    public let attempt: Int
    /// The most attempts.
    public let maxAttempts: Int
    /// How long until the next attempt; nil when there is none.
    public let pause: Duration?

    /// Describes what keeps a mapping.
    public init(
        source: JobKind, state: MappingState?, reason: String, cause: String, needsLoad: Bool = false, attempt: Int = 1,
        maxAttempts: Int = 1,
        pause: Duration? = nil
    ) {
        self.source = source
        self.state = state
        // The attempts and the next time stand around it, and the whole has to be no longer than any text from elsewhere.
        self.reason = String(foreign: reason, limit: String.foreignLimit - 200)
        self.cause = String(foreign: cause)
        self.needsLoad = needsLoad
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.pause = pause
    }

    /// What fails so often, and does not pass, deserves a notification.
    public static let manyAttempts = 3

    /// What identifies a notification of it.
    var notice: String { "\(state?.rawValue ?? ""):\(cause)" }

    /// Whether somebody should be told, who was told of `notified` last: of what cannot pass at once, of what may pass when it did not for a while,
    /// and of neither twice.
    func isNews(notified: String?) -> Bool {
        if state != nil { return notified != notice }
        return attempt >= Self.manyAttempts && notified?.hasSuffix(":\(cause)") != true
    }
}
