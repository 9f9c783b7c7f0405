import Catalog
import Foundation
import WebServer

/// What of the org can be mapped, and why the rest cannot; also where a mapping begins.
struct ObjectsPage {
    let user: User
    let now: Date
    let connection: Connection
    let search: String
    /// As the API tells them; nil while nobody can tell.
    let document: JSONValue?
    let fault: String?

    var html: HTML {
        let base = ConnectionFrame.path(connection.id)
        let isAdmin = user.role(on: connection) ?? .viewer >= .admin
        let rows = (document?.list("results") ?? []).map { object -> HTML in
            let name = object.text("name")
            let isSupported = object["supported"] == true
            let action: HTML =
                object["mapped"] == true
                ? "mapped"
                : isSupported && isAdmin
                    ? "<a href=\"\(base)/new-mapping?object=\(PageAddress.part(name))\">Map<span class=\"unseen\"> \(name)</span></a>" : ""
            let limits = object.list("limits").compactMap(\.string).joined(separator: "; ")
            return """
                <tr\(isSupported ? "" : " class=\"unsupported\"")><th scope="row">\(name)</th><td>\(object.text("label"))</td>
                <td class="text">\(object["reason"]?.string ?? limits)</td><td>\(action)</td></tr>
                """
        }
        let stale: HTML =
            document?["stale_because"]?.string.map {
                "<p class=\"detail\">As of \(PageText.time(document?.time("read_at"), now: now)): \($0)</p>"
            } ?? ""
        return ConnectionFrame(user: user, connection: connection, tab: .mappings, erroredWrites: 0).page(
            title: "Objects", isLive: false,
            """
            <div id="objects-list"\(document == nil && fault == nil ? " data-late=\"\(PageAddress.make("\(base)/objects", [("search", search), ("look", "1")]))\" aria-busy=\"true\"" : "")>
            \(fault.map { "<p class=\"fault\" role=\"alert\">\($0)</p>" } ?? "")
            \(DataTable(
                title: "Objects of the org", id: "objects", columns: ["Object", "Label", "Remarks", "Actions"], rows: rows,
                empty: document == nil ? EmptyState("Salesforce is asked what it holds. This takes a few seconds.", next: "<p><a class=\"without-script\" href=\"\(base)/objects?look=1\">Ask Salesforce</a></p>") : "No object is called like that.",
                tools: FilterForm(fields: [.text(name: "search", label: "Search", value: search, hint: "name or label")], action: "\(base)/objects").html).html)
            \(stale)
            </div>
            """)
    }
}
