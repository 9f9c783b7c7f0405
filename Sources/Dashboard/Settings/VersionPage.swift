import Catalog
import Foundation
import WebServer

/// Changes the Salesforce API version, after a look at what that would do to the mappings.
struct VersionPage {
    let user: User
    let connection: Connection
    var target = ""
    /// What the target version would change, as the API tells it.
    var difference: JSONValue?
    var fault: String?

    var html: HTML {
        let base = ConnectionFrame.path(connection.id)
        let isAdmin = user.role(on: connection) ?? .viewer >= .admin
        return ConnectionFrame(user: user, connection: connection, tab: .settings, erroredWrites: 0).page(
            title: "API version", isLive: false,
            """
            <h2>Salesforce API version</h2>
            \(fault.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? "")
            <p>This connection speaks version <strong>\(connection.apiVersion)</strong>.</p>
            <form method="get" class="filter"><label for="target">Version</label>
            <input id="target" name="target" value="\(target)" required pattern="[0-9]{2,3}(\\.0)?" placeholder="61.0" size="6">
            <button type="submit">Show what would change</button></form>
            \(difference.map { table($0, base, isAdmin) } ?? "")
            """)
    }

    private func table(_ difference: JSONValue, _ base: String, _ isAdmin: Bool) -> HTML {
        let mappings = difference.list("mappings")
        let rows = mappings.map { mapping -> HTML in
            let tone: Badge.Tone = mapping["has_unsafe_changes"] == true ? .bad : mapping["fields_have_changed"] == true ? .wait : .good
            let word = mapping["has_unsafe_changes"] == true ? "unsafe" : mapping["fields_have_changed"] == true ? "changes" : "same"
            return """
                <tr><th scope="row">\(mapping.text("name"))</th><td>\(Badge(label: word, tone: tone).html)</td>
                <td class="text">\(mapping.text("result_message"))</td></tr>
                """
        }
        let isSafe = !mappings.contains { $0["has_unsafe_changes"] == true }
        let hint: HTML =
            connection.state.allowsChangeOfVersion
            ? "" : "<p class=\"detail\">Pause the connection first: the version changes while nothing is read or written.</p>"
        let button: HTML =
            isAdmin && isSafe && connection.state.allowsChangeOfVersion
            ? ActionForm(label: "Change to \(target)", action: "\(base)/version", fields: [("target", target)]).html : hint
        return """
            \(DataTable(title: "With version \(target)", id: "difference", columns: ["Mapping", "Fields", "What happens"], rows: rows, empty: "Nothing is mapped.").html)
            <div class="actions">\(button)</div>
            """
    }
}
