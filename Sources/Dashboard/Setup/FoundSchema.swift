import Catalog
import WebServer

/// What stands in a schema, and what to do about it.
struct FoundSchema {
    /// As the API tells it.
    let document: JSONValue

    var isUsable: Bool { document["usable"] == true }
    var isAdoptable: Bool { document.text("found") == "adoptable" }
    /// Whether there is nothing to know about it.
    var isPlain: Bool { ["missing", "empty", "own"].contains(document.text("found")) }

    private var badge: HTML {
        switch document.text("found") {
        case "missing": Badge(label: "new", tone: .good).html
        case "empty": Badge(label: "empty", tone: .good).html
        case "adoptable": Badge(label: "to adopt", tone: .good).html
        case "own": Badge(label: "yours", tone: .good).html
        case "owned": Badge(label: "another connection’s", tone: .bad).html
        case "foreign": Badge(label: "somebody else’s", tone: .wait).html
        default: Badge(label: "closed", tone: .bad).html
        }
    }

    var html: HTML {
        let tables = document.list("tables")
        let list: HTML =
            tables.isEmpty
            ? ""
            : """
            <details><summary>\(tables.count == 1 ? "1 table" : "\(PageText.count(tables.count)) tables")</summary><ul class="plain">\(tables.map(line))</ul></details>
            """
        return """
            <section class="card" aria-labelledby="found"><h2 id="found">Schema <code>\(document.text("schema_name"))</code> \(badge)</h2>
            <p class="detail">at \(document.text("database"))</p>
            <p>\(document.text("message"))</p><p>\(document.text("remedy"))</p>
            \(list)</section>
            """
    }

    private func line(_ table: JSONValue) -> HTML {
        let rows = table.count("rows").map { ", about \(PageText.count($0)) rows" } ?? ""
        return
            "<li><code>\(table.text("name"))</code> <span class=\"detail\">\(table["mapped"] == true ? "a mapped table" : "not a mapped table")\(rows)</span></li>"
    }
}
