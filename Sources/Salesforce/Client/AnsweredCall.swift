public import FoundationEssentials

/// One call that was answered, for whoever counts calls or watches the org's clock.
public struct AnsweredCall: Sendable {
    /// The method, such as `GET`.
    public let method: String
    /// The path without its query.
    public let path: String
    /// The answer's status.
    public let status: Int
    /// How long it took until the whole answer was there.
    public let duration: Duration
    /// The org's use of its daily calls, if the answer said so.
    public let usage: LimitInfo?
    /// The server's clock when it answered.
    public let serverDate: Date?
}

/// How many of its daily calls an org has used, from `Sforce-Limit-Info`.
public struct LimitInfo: Sendable, Hashable, Codable {
    /// Calls used in the last 24 hours.
    public let used: Int
    /// Calls the org may make in 24 hours.
    public let max: Int

    /// Makes a usage.
    public init(used: Int, max: Int) {
        self.used = used
        self.max = max
    }

    /// Reads `api-usage=18/5000`, whatever may follow it.
    public init?(header: String) {
        for part in header.split(separator: ";") {
            let pair = part.split(separator: "=").map { $0.filter { !$0.isWhitespace } }
            guard pair.count == 2, pair[0] == "api-usage" else { continue }
            let numbers = pair[1].split(separator: "/").compactMap { Int($0) }
            guard numbers.count == 2 else { return nil }
            self.init(used: numbers[0], max: numbers[1])
            return
        }
        return nil
    }
}
