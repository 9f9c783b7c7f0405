import Catalog
import Foundation
import WebServer

/// Who changed what.
struct AuditPage {
    let user: User
    let now: Date
    let connection: Connection
    /// The page as the API tells it.
    let document: JSONValue

    var html: HTML {
        let base = ConnectionFrame.path(connection.id)
        let next = document.cursor("before").map { PageAddress.make("\(base)/audit", [("before", $0)]) }
        let rows = document.list("results").map { entry -> HTML in
            let details = (entry["details"]?.members ?? []).map { member -> HTML in
                "<div><code>\(member.key)</code> \(String(member.value.plain.prefix(300)))</div>"
            }
            return """
                <tr><td>\(PageText.time(entry.time("created_at"), now: now))</td><th scope="row">\(entry.text("actor"))</th>
                <td>\(entry.text("action"))</td><td class="text">\(details)</td></tr>
                """
        }
        return ConnectionFrame(user: user, connection: connection, tab: .settings, erroredWrites: 0).page(
            title: "Audit trail", isLive: false,
            """
            \(DataTable(
                title: "Audit trail", id: "audit", columns: ["When", "Who", "Action", "Details"], rows: rows, empty: "Nobody has changed anything yet.",
                tools: "<a class=\"button\" href=\"/api/v3\(base)/audit?format=csv\" download>As CSV</a>").html)
            \(next.map { "<nav class=\"pager\" aria-label=\"Pages\"><a href=\"\($0)\">Older</a></nav>" } ?? "")
            """)
    }
}
