import Catalog
import Hummingbird
import SyncJournal
import WebServer

/// The menu that chooses over which time histograms look back; it works without a script.
struct PeriodMenu {
    let selected: HistoryPeriod

    var html: HTML {
        """
        <form class="period" method="get">
        <label for="period">Period</label>
        <select id="period" name="period" data-submits>
        \(HistoryPeriod.allCases.map { period -> HTML in
            let mark: HTML = period == selected ? " selected" : ""
            return "<option value=\"\(period.rawValue)\"\(mark)>\(period.label)</option>"
        })
        </select>
        <button type="submit" class="without-script">Show</button>
        </form>
        """
    }
}

extension HistoryPeriod {
    /// The period that an address asks for; the last hour when it asks for none that exists.
    init(_ request: Request) { self = request.parameter("period").flatMap(Self.init(rawValue:)) ?? .hour }

    var label: String {
        switch self {
        case .hour: "Last hour"
        case .sixHours: "Last 6 hours"
        case .day: "Last 24 hours"
        case .week: "Last 7 days"
        case .month: "Last 30 days"
        }
    }

    /// Whether the time of day alone would not say which span is meant.
    var spansDays: Bool { length > .seconds(86_400) }
}
