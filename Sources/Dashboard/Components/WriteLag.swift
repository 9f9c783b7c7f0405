import WebServer

/// How long the oldest change waits to be written.
enum WriteLag: Sendable, Equatable {
    /// Nothing waits.
    case none
    case seconds(Double)
    /// The database that holds the changes does not answer.
    case unknown

    /// Beyond this the writes of a connection that works are late.
    private static let late = 300.0

    /// - Parameter halt: why nothing is to be written at present, where that is as it should be.
    func card(_ halt: SyncHalt?) -> MetricCard {
        switch self {
        case .none: MetricCard(name: "Write lag", value: "0 s", detail: "nothing waits")
        case .seconds(let seconds):
            MetricCard(
                name: "Write lag", value: "\(PageText.age(seconds))", detail: "\(halt?.text ?? "oldest change that waits")",
                isAlarming: halt == nil && seconds > Self.late)
        case .unknown: MetricCard(name: "Write lag", value: "–", detail: "the database does not answer", isAlarming: true)
        }
    }
}
