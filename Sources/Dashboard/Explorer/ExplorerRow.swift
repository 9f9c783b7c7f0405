import Catalog
import Foundation
import WebServer

/// One row beside its record.
struct ExplorerRow {
    let connection: Connection
    let mapping: Mapping
    let role: Role
    let row: JSONValue
    /// Whether Salesforce was looked at.
    let isCompared: Bool

    private var id: Int? { row.count("id") }
    private var sfid: String? { row["sfid"]?.string }

    var html: HTML {
        """
        <tr>
        <td class="number">\(id.map { "\($0)" as HTML } ?? "–")</td>
        <th scope="row">\(record)\(name)</th>
        <td>\(state)</td>
        <td class="text">\(differences)\(values)</td>
        <td>\(ActionMenu(name: "row \(id.map(String.init) ?? sfid ?? "")", items: items).html)</td>
        </tr>
        """
    }

    private var record: HTML {
        guard let sfid, !sfid.isEmpty else { return "<span class=\"detail\">no record yet</span>" }
        guard let base = connection.instanceURL else { return "<code>\(sfid)</code>" }
        return "<a href=\"\(base)/\(sfid)\" rel=\"noreferrer\"><code>\(sfid)</code></a>"
    }

    private var name: HTML {
        let value = row["postgres"]?["name"]?.string ?? row["salesforce"]?["name"]?.string
        return value.map { "<div class=\"detail\">\(String($0.prefix(120)))</div>" } ?? ""
    }

    private var state: HTML {
        let state = row.text("state")
        let label = ExplorerQuery.states.first { $0.value == state }?.label ?? state
        let tone: Badge.Tone =
            switch state {
            case "failed": .bad
            case "synced": .good
            default: .wait
            }
        let isUnseen = state == "synced" && !isCompared
        let error: HTML = row["error"]?.string.flatMap { $0.isEmpty ? nil : "<div class=\"reason\">\($0)</div>" } ?? ""
        return "\(Badge(label: isUnseen ? "no change waits" : label, tone: isUnseen ? .plain : tone).html)\(error)"
    }

    private var differences: HTML {
        let names = row.list("differences").compactMap(\.string)
        guard isCompared else { return "" }
        guard !names.isEmpty else {
            return row["salesforce"] == .null || row["salesforce"] == nil ? "" : "<span class=\"detail\">none</span>"
        }
        let lines = names.prefix(8).map { name -> HTML in
            "<tr><th scope=\"row\"><code>\(name)</code></th><td>\(cell("postgres", name))</td><td>\(cell("salesforce", name))</td></tr>"
        }
        let more: HTML = names.count > 8 ? "<p class=\"detail\">and \(names.count - 8) more</p>" : ""
        return
            "<table class=\"sides\"><thead><tr><th scope=\"col\">Column</th><th scope=\"col\">Postgres</th><th scope=\"col\">Salesforce</th></tr></thead><tbody>\(lines)</tbody></table>\(more)"
    }

    private var values: HTML {
        let here = row["postgres"]?.members ?? []
        let there = row["salesforce"]?.members ?? []
        let differing = Set(row.list("differences").compactMap(\.string))
        let names = here.map(\.key) + there.map(\.key).filter { key in !here.contains { $0.key == key } }
        guard !names.isEmpty else { return "" }
        let lines = names.map { name -> HTML in
            "<tr\(differing.contains(name) ? " class=\"differs\"" : "")><th scope=\"row\"><code>\(name)</code></th><td>\(cell("postgres", name))</td><td>\(cell("salesforce", name))</td></tr>"
        }
        return """
            <details class="values"><summary>All values<span class="unseen"> of row \(id.map(String.init) ?? sfid ?? "")</span></summary>
            <table class="sides"><thead><tr><th scope="col">Column</th><th scope="col">Postgres</th><th scope="col">Salesforce</th></tr></thead><tbody>\(lines)</tbody></table></details>
            """
    }

    private func cell(_ side: String, _ name: String) -> HTML {
        guard let object = row[side], object != .null, let value = object[name] else { return "<span class=\"detail\">–</span>" }
        if value == .null { return "<span class=\"detail\">null</span>" }
        return "\(String(value.plain.prefix(500)))"
    }

    private var items: [ActionMenu.Item] {
        var items: [ActionMenu.Item] = []
        if let id { items.append(.link("History", to: "\(MappingPage.path(mapping.id))/rows/\(id)")) }
        guard role >= .operator else { return items }
        let hasFailed = (row.count("failed_changes") ?? 0) > 0 || row.text("state") == "failed"
        for action in RepairAction.allCases {
            let isAboutFailure = action == .retry || action == .ignore
            if isAboutFailure, !hasFailed { continue }
            if id == nil, action != .reread { continue }
            if action == .overwriteSalesforce, mapping.config.access != .readWrite { continue }
            let address = PageAddress.make(
                "\(MappingPage.path(mapping.id))/rows/confirm",
                [("action", action.rawValue), ("row", id.map(String.init)), ("sfid", id == nil ? sfid : nil)])
            items.append(.link(action.label, to: address))
        }
        return items
    }
}
