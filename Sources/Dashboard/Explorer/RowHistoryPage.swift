import Catalog
import Foundation
import WebServer

/// What the trigger log says of one row, the newest first.
struct RowHistoryPage {
    let user: User
    let now: Date
    let connection: Connection
    let mapping: Mapping
    let row: Int64
    let changes: [JSONValue]
    /// Where older changes are.
    let older: String?

    var html: HTML {
        let back = PageAddress.make(
            ConnectionFrame.Tab.explorer.path(connection.id), [("mapping", mapping.objectName), ("search", String(row))])
        return ConnectionFrame(user: user, connection: connection, tab: .explorer, erroredWrites: 0).page(
            title: "Row \(row) of \(mapping.objectName)",
            """
            <p><a href="\(back)">\(mapping.objectName)</a></p>
            \(DataTable(
                title: "History of row \(row) of \(mapping.objectName)", id: "history",
                columns: ["When", "Action", "State", "Values", "Message"], rows: changes.map(line),
                empty: "No change of this row was captured. Only what applications write is, and only for as long as the log is kept.").html)
            \(older.map { "<nav class=\"pager\" aria-label=\"Pages\"><a href=\"\($0)\">Older changes</a></nav>" } ?? "")
            """)
    }

    private func line(_ change: JSONValue) -> HTML {
        let state = change.text("state")
        let tone: Badge.Tone = state == "FAILED" ? .bad : state == "SUCCESS" ? .good : state == "NEW" || state == "PENDING" ? .wait : .plain
        let old = change["old"]
        let values = (change["values"]?.members ?? []).map { member -> HTML in
            let before: HTML = old?[member.key].map { "<del>\($0 == .null ? "null" : String($0.plain.prefix(200)))</del> " } ?? ""
            return
                "<div><code>\(member.key)</code> \(before)\(member.value == .null ? "null" : String(member.value.plain.prefix(200)))</div>"
        }
        return """
            <tr><td>\(PageText.time(change.time("created_at"), now: now))</td><td>\(change.text("action"))</td>
            <td>\(Badge(label: state.lowercased(), tone: tone).html)</td><td class="text">\(values)</td><td class="text">\(change.text("message"))</td></tr>
            """
    }
}
