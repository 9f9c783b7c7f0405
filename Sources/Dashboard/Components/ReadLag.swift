import Catalog
import Foundation
import WebServer

/// How far reading is behind: the age of what the mapping shows that was read longest ago.
struct ReadLag: Equatable {
    /// Up to when everything is read; nil while there is a mapping of which nothing is, or no mapping.
    let readUpTo: Date?
    /// Mappings of which nothing is read yet.
    let unread: Int
    /// Whether a mapping should have been polled long since.
    let isLate: Bool
    /// Why nothing is to be read at present, where that is as it should be.
    let halt: SyncHalt?

    /// A poll may begin so much later than it is due, and take as long.
    private static let patience = 300.0

    init(_ mappings: [Mapping], of connection: Connection, now: Date) {
        self.init(
            mappings.map { (readUpTo: $0.watermark, pollingSeconds: $0.config.pollingSeconds) }, halt: SyncHalt(connection.state), now: now)
    }

    /// - Parameter mappings: up to when each is read, and how often it is polled.
    init(_ mappings: [(readUpTo: Date?, pollingSeconds: Int)], halt: SyncHalt?, now: Date) {
        let read = mappings.compactMap { mapping in mapping.readUpTo.map { ($0, Double(mapping.pollingSeconds)) } }
        unread = mappings.count - read.count
        readUpTo = unread == 0 ? read.map(\.0).min() : nil
        self.halt = halt ?? (mappings.isEmpty ? .nothingMapped : nil)
        isLate = halt == nil && read.contains { now.timeIntervalSince($0) > $1 + Self.patience }
    }

    /// The lag, with the moment up to which all is read for who points at it.
    func html(now: Date) -> HTML {
        if unread > 0 {
            return "<span class=\"detail\">\(unread == 1 ? "1 mapping" : "\(PageText.count(unread)) mappings") not read yet</span>"
        }
        guard let readUpTo else { return "–" }
        let moment = "read up to \(Timestamp.plain(readUpTo)) UTC"
        return "<time data-lag datetime=\"\(Timestamp.iso(readUpTo))\" title=\"\(moment)\">\(PageText.age(readUpTo, now: now))</time>"
    }

    func card(now: Date) -> MetricCard {
        let detail = unread > 0 && isLate ? "and another is late" : "of the mapping read longest ago"
        return MetricCard(name: "Read lag", value: html(now: now), detail: "\(halt?.text ?? detail)", isAlarming: isLate)
    }
}
