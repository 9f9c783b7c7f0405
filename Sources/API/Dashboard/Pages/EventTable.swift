import Catalog
import Foundation

/// Events, newest first.
struct EventTable {
    let events: [Event]
    let mappings: [Mapping]
    let now: Date
    let title: String
    var tools: HTML = ""

    var html: HTML {
        let names = Dictionary(mappings.map { ($0.id, $0.objectName) }, uniquingKeysWith: { first, _ in first })
        return DataTable(
            title: title, id: "events", columns: ["When", "Level", "Object", "Event"],
            rows: events.map { event in
                """
                <tr>
                <td>\(PageText.time(event.at, now: now))</td>
                <td>\(Badge.level(event.level))</td>
                <td>\(event.mappingID.flatMap { names[$0] } ?? "–")</td>
                <td class="text">\(event.message)</td>
                </tr>
                """
            }, empty: "Nothing has happened yet.", tools: tools
        ).html
    }
}
