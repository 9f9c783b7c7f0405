import WebServer

/// Over which time a histogram looks back, and how long one of its bars is.
enum ActivityPeriod: String, CaseIterable {
    case hour = "1h"
    case sixHours = "6h"
    case day = "24h"
    case week = "7d"
    case month = "30d"

    /// The period that an address asks for; the last hour when it asks for none that exists.
    init(query: String?) { self = query.flatMap(Self.init(rawValue:)) ?? .hour }

    var label: String {
        switch self {
        case .hour: "Last hour"
        case .sixHours: "Last 6 hours"
        case .day: "Last 24 hours"
        case .week: "Last 7 days"
        case .month: "Last 30 days"
        }
    }

    /// Seconds of one bar.
    var span: Int {
        switch self {
        case .hour: 60
        case .sixHours: 300
        case .day: 1200
        case .week: 7200
        case .month: 36_000
        }
    }

    /// How many bars there are.
    var bars: Int {
        switch self {
        case .hour: 60
        case .sixHours, .day, .month: 72
        case .week: 84
        }
    }

    /// The whole, in seconds.
    var length: Int { span * bars }
}
