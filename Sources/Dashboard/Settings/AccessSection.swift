import Catalog
import Foundation
import WebServer

/// Who may do what with a connection.
struct AccessSection {
    let connection: Connection
    let access: [JSONValue]?
    let role: Role
    let now: Date

    var html: HTML {
        guard let access else { return "" }
        let base = ConnectionFrame.path(connection.id)
        let rows = access.map { grant -> HTML in
            let email = grant["user"]?.text("email") ?? ""
            let own = grant["connection_role"]?.string
            let source =
                grant["administrator"] == true ? "keeps the installation" : own != nil ? "on this connection" : "on the app"
            let revoke: HTML =
                role >= .admin && own != nil
                ? ActionForm(label: "Revoke", action: "\(base)/access/revoke", target: email, fields: [("email", email)]).html : ""
            return """
                <tr><th scope="row">\(email)</th><td>\(grant.text("role"))</td><td>\(source)</td>
                <td>\(PageText.time(grant.time("granted_at"), now: now))</td><td>\(revoke)</td></tr>
                """
        }
        let form: HTML =
            role < .admin
            ? ""
            : """
            <form method="post" class="inline" action="\(base)/access/grant"><label for="email">E-mail</label>
            <input id="email" name="email" type="email" required maxlength="254" placeholder="ann@example.com">
            <label for="role">Role</label><select id="role" name="role">\(Role.allCases.map { "<option>\($0.rawValue)</option>" as HTML })</select>
            <button type="submit">Give access</button></form>
            """
        return """
            \(DataTable(title: "Access", id: "access", columns: ["User", "Role", "Given", "Since", "Actions"], rows: rows, empty: "Nobody else has access.").html)
            \(form)
            """
    }
}
