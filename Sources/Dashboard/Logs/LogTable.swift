import Catalog
import Foundation
import WebServer

/// Lines of the log as the API tells them, the newest first, each with the way to its job, mapping and row.
struct LogTable {
    let connection: UUID
    let lines: [JSONValue]
    let now: Date
    var title = "Log"
    var tools: HTML = ""
    var empty: EmptyState = "Nothing has happened yet."

    var html: HTML {
        DataTable(
            title: title, id: "events", columns: ["When", "Level", "Event", "Object", "Row", "Type", .number("Job")], rows: lines.map(row),
            empty: empty,
            tools: tools
        ).html
    }

    private func rowLink(_ row: JSONValue, of object: String?) -> HTML {
        guard let object, let name = row["sfid"]?.string ?? row.count("id").map(String.init) else { return "–" }
        let path = PageAddress.make(ConnectionFrame.Tab.explorer.path(connection), [("mapping", object), ("search", name)])
        return "<a href=\"\(path)\">\(name)</a>"
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
            <td>\(rowLink(line["row"] ?? .null, of: mapping["object_name"]?.string))</td>
            <td>\(line.text("type"))</td>
            <td class="number">\(job)</td>
            </tr>
            """
    }
}
