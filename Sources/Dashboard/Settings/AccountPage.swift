import Catalog
import Foundation
import WebServer

/// What somebody may change of himself: tokens, sessions, password.
struct AccountPage {
    let user: User
    let now: Date
    /// As the API tells them.
    let account: JSONValue
    let tokens: [JSONValue]
    let sessions: [JSONValue]
    /// A token that was just made, shown once.
    var secret: String?
    var fault: String?

    var html: HTML {
        PageLayout(title: "Your account", user: user).page(
            """
            <nav class="trail" aria-label="Breadcrumb"><a href="/">Connections</a></nav>
            <h1>Your account</h1>
            \(fault.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? "")
            \(secret.map { "<p class=\"done\" role=\"status\">Your new token, shown only now: <code>\($0)</code></p>" } ?? "")
            \(Facts(items: [
                ("E-mail", "\(user.email)"),
                ("Roles", "\(user.isAdministrator ? "keeps this installation" : user.apps.map { "\(user.role(app: $0)?.rawValue ?? "") of \($0)" }.joined(separator: ", "))"),
                ("Password", account.time("password_set_at").map { "set \(PageText.time($0, now: now))" } ?? "none"),
            ]).html)
            \(tokenTable)
            <form method="post" class="inline" action="/account/tokens"><label for="name">New token</label>
            <input id="name" name="name" maxlength="100" placeholder="what it is for" required>
            <label for="role">No more than</label><select id="role" name="role"><option value="">all I may</option>\(Role.allCases.map { "<option>\($0.rawValue)</option>" as HTML })</select>
            <label for="days">Ends</label><select id="days" name="days"><option value="">never</option>\([30, 90, 365].map { "<option value=\"\($0)\">in \($0) days</option>" as HTML })</select>
            <button type="submit">Make</button></form>
            \(sessionTable)
            <section aria-labelledby="password"><h2 id="password">Password</h2>
            <form method="post" class="edit card" action="/account/password">
            <label for="current">The password that you have</label>
            <input id="current" name="current" type="password" autocomplete="current-password">
            <label for="new">The new one</label>
            <input id="new" name="new" type="password" autocomplete="new-password" required>
            <div class="actions"><button type="submit">Set password</button></div></form></section>
            """)
    }

    private var tokenTable: HTML {
        let rows = tokens.map { token -> HTML in
            let id = token.text("id")
            return """
                <tr><th scope="row"><code>\(id)</code></th><td>\(token["name"]?.string ?? "–")</td><td>\(token["role"]?.string ?? "all you may")</td>
                <td>\(PageText.time(token.time("created_at"), now: now))</td><td>\(PageText.time(token.time("last_used_at"), now: now))</td>
                <td>\(PageText.time(token.time("expires_at"), now: now))</td>
                <td>\(ActionForm(label: "Revoke", action: "/account/tokens/revoke", target: id, isDangerous: true, fields: [("id", id)]).html)</td></tr>
                """
        }
        return DataTable(
            title: "API tokens", id: "tokens", columns: ["Token", "Name", "Limited to", "Made", "Last used", "Ends", "Actions"], rows: rows,
            empty: "You have no token."
        ).html
    }

    private var sessionTable: HTML {
        let rows = sessions.map { session -> HTML in
            let id = session.text("id")
            let end: HTML =
                session["current"] == true
                ? "this one" : ActionForm(label: "End", action: "/account/sessions/end", target: id, fields: [("id", id)]).html
            return """
                <tr><th scope="row"><code>\(id)</code></th><td>\(session["address"]?.string ?? "–")</td><td class="text">\(String((session["agent"]?.string ?? "–").prefix(120)))</td>
                <td>\(PageText.time(session.time("created_at"), now: now))</td><td>\(PageText.time(session.time("last_used_at"), now: now))</td><td>\(end)</td></tr>
                """
        }
        return DataTable(
            title: "Sessions", id: "sessions", columns: ["Session", "From", "Browser", "Began", "Last used", "Actions"], rows: rows,
            empty: "No browser is signed in.", tools: ActionForm(label: "End all others", action: "/account/sessions/end").html
        ).html
    }
}
