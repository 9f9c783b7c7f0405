import Catalog
import Foundation
import WebServer

/// Where a connection tells what happens to it: log drains, webhooks and mailboxes.
struct OutletsPage {
    let user: User
    let now: Date
    let connection: Connection
    /// As the API tells them.
    let outlets: [JSONValue]
    /// The key of a webhook that was just made, shown once.
    var secret: String?
    var fault: String?

    static func path(_ connection: UUID) -> String { "\(ConnectionFrame.path(connection))/outlets" }

    static func badge(_ outlet: JSONValue) -> HTML {
        let state = outlet.text("state")
        let tone: Badge.Tone =
            switch state {
            case "ok": .good
            case "failing": .bad
            case "disabled": .plain
            default: .wait
            }
        return Badge(label: state, tone: tone).html
    }

    private var role: Role { user.role(on: connection) ?? .viewer }

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .settings, erroredWrites: 0).page(
            title: "Drains and notifications", isLive: false,
            """
            \(fault.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? "")
            \(secret.map { "<p class=\"done\" role=\"status\">The key that signs this webhook’s requests, shown only now: <code>\($0)</code></p>" } ?? "")
            \(DataTable(
                title: "Log drains, webhooks and mailboxes", id: "outlets",
                columns: ["Kind", "Address", "State", "Told of", .number("Delivered"), .number("Waiting"), "Last", "Actions"],
                rows: outlets.map(row), empty: "Nobody is told yet what happens to this connection.").html)
            \(role >= .admin ? form : "")
            """)
    }

    private func row(_ outlet: JSONValue) -> HTML {
        let told =
            outlet.text("kind") == "drain"
            ? "log from \(outlet.text("level")) on" : outlet.list("events").compactMap(\.string).joined(separator: ", ")
        let error: HTML = outlet["last_error"]?.string.map { "<div class=\"reason\">\($0)</div>" } ?? ""
        let token: HTML = outlet["token"]?.string.map { "<div class=\"detail\">token \($0)</div>" } ?? ""
        return """
            <tr>
            <th scope="row">\(outlet.text("kind"))</th>
            <td class="text"><code>\(outlet.text("address"))</code>\(token)</td>
            <td>\(Self.badge(outlet))\(error)</td>
            <td>\(told)</td>
            <td class="number">\(PageText.count(outlet.count("delivered")))</td>
            <td class="number">\(PageText.count(outlet.count("waiting")))</td>
            <td>\(PageText.time(outlet.time("delivered_at"), now: now))</td>
            <td>\(menu(outlet))</td>
            </tr>
            """
    }

    private func menu(_ outlet: JSONValue) -> HTML {
        let address = "\(Self.path(connection.id))/\(outlet.text("id"))"
        func action(_ label: String, _ word: String, isDangerous: Bool = false) -> ActionMenu.Item {
            .action(ActionForm(label: label, action: "\(address)/\(word)", target: outlet.text("address"), isDangerous: isDangerous))
        }
        var items: [ActionMenu.Item] = []
        if role >= .operator, outlet["enabled"] == true { items.append(action("Test", "test")) }
        if role >= .admin {
            items.append(outlet["enabled"] == true ? action("Switch off", "disable") : action("Switch on", "enable"))
            items.append(action("Delete", "delete", isDangerous: true))
        }
        return items.isEmpty ? "–" : ActionMenu(name: outlet.text("address"), items: items).html
    }

    private var form: HTML {
        """
        <section aria-labelledby="add"><h2 id="add">Add</h2>
        <form method="post" class="edit card" action="\(Self.path(connection.id))">
        <label for="kind">Kind</label>
        <select id="kind" name="kind"><option value="drain">Log drain</option><option value="webhook">Webhook</option><option value="email">E-mail</option></select>
        <label for="address">Address</label>
        <input id="address" name="address" required maxlength="2000" spellcheck="false" placeholder="https://logs.example.com/… or syslog+tls://logs.example.com:6514">
        <label for="level">Level of a drain</label>
        <select id="level" name="level">\(EventLevel.allCases.map { "<option\($0 == .info ? " selected" : "")>\($0.rawValue)</option>" as HTML })</select>
        <div class="actions"><button class="primary" type="submit">Add</button></div>
        </form></section>
        """
    }
}
