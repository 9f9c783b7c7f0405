import Catalog
import Foundation
import WebServer

/// Lines of the log as the API tells them, the newest first, each with the way to its job and mapping.
struct LogTable {
    let connection: UUID
    let lines: [JSONValue]
    let now: Date
    var title = "Log"
    var tools: HTML = ""
    var empty: EmptyState = "Nothing has happened yet."

    var html: HTML {
        DataTable(
            title: title, id: "events", columns: ["When", "Level", "Event", "Object", "Type", .number("Job")], rows: lines.map(row),
            empty: empty,
            tools: tools
        ).html
    }

    private func row(_ line: JSONValue) -> HTML {
        let mapping = line["mapping"] ?? .null
        let object: HTML =
            mapping["object_name"]?.string.map { "<a href=\"/mappings/\(mapping.text("id"))\">\($0)</a>" } ?? "–"
        let job: HTML =
            line["job"]?.count("id").map { "<a href=\"\(ConnectionFrame.Tab.jobs.path(connection))/\($0)\">\($0)</a>" } ?? "–"
        return """
            <tr>
            <td>\(PageText.time(line.time("created_at"), now: now))</td>
            <td>\(EventLevel(rawValue: line.text("level")).map(Badge.level) ?? "")</td>
            <td class="text">\(line.text("message"))</td>
            <td>\(object)</td>
            <td>\(line.text("type"))</td>
            <td class="number">\(job)</td>
            </tr>
            """
    }
}
