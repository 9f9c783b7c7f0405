/// How far back an activity chart reaches, and how it is divided.
public enum HistoryPeriod: String, Sendable, Hashable, CaseIterable {
    /// An hour, by the minute.
    case hour = "1h"
    /// Six hours, by five minutes.
    case sixHours = "6h"
    /// A day, by a quarter of an hour.
    case day = "24h"
    /// A week, by two hours.
    case week = "7d"
    /// Thirty days, by six hours.
    case month = "30d"

    /// How far back it reaches.
    public var length: Duration {
        switch self {
        case .hour: .seconds(3600)
        case .sixHours: .seconds(6 * 3600)
        case .day: .seconds(24 * 3600)
        case .week: .seconds(7 * 24 * 3600)
        case .month: .seconds(30 * 24 * 3600)
        }
    }

    /// How long each of its spans is.
    public var span: Duration {
        switch self {
        case .hour: .seconds(60)
        case .sixHours: .seconds(300)
        case .day: .seconds(900)
        case .week: .seconds(2 * 3600)
        case .month: .seconds(6 * 3600)
        }
    }
}
