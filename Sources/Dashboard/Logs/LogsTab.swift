import Catalog
import Foundation
import WebServer

/// What happened, as it happens, filtered by object, type, level and text.
struct LogsTab {
    let user: User
    let now: Date
    let connection: Connection
    let mappings: [Mapping]
    let query: LogQuery
    /// The page as the API tells it.
    let document: JSONValue
    /// Where the log is sent to, as the API tells it.
    let drains: [JSONValue]

    var html: HTML {
        let path = ConnectionFrame.Tab.logs.path(connection.id)
        let older: HTML = document.cursor("before").map { "<a href=\"\(query.address(path, before: $0))\">Older</a>" } ?? ""
        let newest: HTML = query.before.isEmpty ? "" : "<a href=\"\(query.address(path, before: nil))\">Newest</a>"
        return ConnectionFrame(user: user, connection: connection, tab: .logs, erroredWrites: mappings.map(\.erroredWrites).reduce(0, +))
            .page(
                isLive: query.before.isEmpty,
                """
                \(LogTable(
                connection: connection.id, lines: document.list("results"), now: now, title: "Logs", tools: filter,
                empty: EmptyState("No line is like that.", next: "<p><a href=\"\(path)\">Show all</a></p>")).html)
                <nav class="pager" aria-label="Pages">\(newest) \(older)</nav>
                <section aria-labelledby="drains"><div class="heading"><h2 id="drains">Log drains</h2>
                <a class="button" href="\(OutletsPage.path(connection.id))">Manage log drains</a></div>
                \(drainList)</section>
                """)
    }

    private var drainList: HTML {
        guard !drains.isEmpty else {
            return EmptyState("The log stays here.", next: "<p>A drain sends each line elsewhere, over HTTPS or syslog with TLS.</p>").html
        }
        return
            "<ul class=\"summary\">\(drains.map { "<li>\(OutletsPage.badge($0)) <code>\($0.text("address"))</code> <span class=\"detail\">\(PageText.count($0.count("delivered"))) delivered, \(PageText.count($0.count("waiting"))) waiting</span></li>" as HTML })</ul>"
    }

    private var filter: HTML {
        func options(_ words: [String]) -> [(value: String, label: String)] { [("", "all")] + words.map { ($0, $0) } }
        let known = mappings.first { $0.id.uuidString.lowercased() == query.mapping.lowercased() }?.objectName ?? query.mapping
        return FilterForm(
            fields: [
                .choice(name: "mapping", label: "Object", options: options(mappings.map(\.objectName)), selected: known),
                .choice(name: "type", label: "Type", options: options(EventType.allCases.map(\.rawValue)), selected: query.type),
                .choice(name: "level", label: "Level", options: options(EventLevel.allCases.map(\.rawValue)), selected: query.level),
                .text(name: "text", label: "Text", value: query.text, hint: "contains"),
            ], button: "Filter"
        ).html
    }
}
