import Catalog
import Foundation

/// What happened, filtered by object and level.
struct LogsTab {
    let user: User
    let now: Date
    let connection: Connection
    let mappings: [Mapping]
    let events: [Event]
    let mapping: UUID?
    let level: EventLevel?

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .logs, erroredWrites: mappings.map(\.erroredWrites).reduce(0, +)).page(
            EventTable(events: events, mappings: mappings, now: now, title: "Logs", tools: filter).html)
    }

    private var filter: HTML {
        let objects = mappings.map { item in
            Self.option(item.id.uuidString.lowercased(), item.objectName, isSelected: item.id == mapping)
        }
        let levels = EventLevel.allCases.map { Self.option($0.rawValue, $0.rawValue, isSelected: $0 == level) }
        return """
            <form class="filter" method="get">
            <label for="mapping">Object</label>
            <select id="mapping" name="mapping" data-submits>\(Self.option("", "all", isSelected: mapping == nil))\(objects)</select>
            <label for="level">Level</label>
            <select id="level" name="level" data-submits>\(Self.option("", "all", isSelected: level == nil))\(levels)</select>
            <button type="submit" class="without-script">Filter</button>
            </form>
            """
    }

    private static func option(_ value: String, _ label: String, isSelected: Bool) -> HTML {
        let mark: HTML = isSelected ? " selected" : ""
        return "<option value=\"\(value)\"\(mark)>\(label)</option>"
    }
}
