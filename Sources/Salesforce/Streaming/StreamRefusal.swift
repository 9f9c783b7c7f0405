/// Why Salesforce's streaming refused something, and what can be done about it.
public struct StreamRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// What can be done.
    public enum Remedy: Sendable, Hashable {
        /// The access token ended: the next handshake has another.
        case renewToken
        /// The server does not know this client any more: shake hands again, and go on from the last replay id.
        case shakeHands
        /// The replay id is too old, or from another org: go on with what is new, and read what was missed in another way.
        case beginAnew
        /// The org's limit of events or clients is reached: later.
        case rest
        /// There is no such channel, or not for this user.
        case giveUp
    }

    /// Salesforce's words, such as `403::Unknown client`.
    public let reason: String
    /// What can be done.
    public let remedy: Remedy

    init(reason: String, reconnect: String?) {
        self.reason = String(reason.prefix(500))
        remedy =
            if reason.hasPrefix("401") {
                .renewToken
            } else if reason.contains("limit exceeded") || reason.hasPrefix("503") {
                .rest
            } else if reason.contains("replayId") || reason.contains("replay id") {
                .beginAnew
            } else if reason.contains("Unknown client") || reconnect == "handshake" {
                .shakeHands
            } else {
                .giveUp
            }
    }

    /// Salesforce's words.
    public var description: String { reason }
}
