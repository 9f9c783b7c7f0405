import Catalog
import WebServer

/// The first step of a set-up: which database, and which schema of it.
struct NewConnectionPage {
    /// An app in which somebody may make connections, with the databases that it may use.
    struct App {
        let name: String
        let keys: [String]
    }

    let user: User
    let apps: [App]
    /// What was sent and refused.
    var sent = Sent()
    /// What stands in the schema that was sent.
    var found: FoundSchema?
    var fault: String?

    /// What the form holds.
    struct Sent {
        var app = ""
        var key = ""
        var name = ""
        var schema = "salesforce"
    }

    var html: HTML {
        PageLayout(title: "New connection", user: user).page(
            """
            <nav class="trail" aria-label="Breadcrumb"><a href="/">Connections</a></nav>
            <h1>New connection</h1>
            \(SetupSteps(current: .database).html)
            \(fault.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? "")
            \(found.map(\.html) ?? "")
            \(found.map { $0.isUsable ? agreement($0) : "" } ?? "")
            \(apps.contains { !$0.keys.isEmpty } ? form : nothing)
            """)
    }

    private var nothing: HTML {
        EmptyState(
            "None of your apps may use a database yet.",
            next: "<p>Whoever keeps this installation allows it: <code>sluice app allow APP --db-key DATABASE_URL</code></p>"
        ).html
    }

    /// Makes the connection on the schema that was looked at.
    private func agreement(_ found: FoundSchema) -> HTML {
        """
        <form method="post" class="agreement" action="/new-connection">
        <input type="hidden" name="database" value="\(sent.app) \(sent.key)"><input type="hidden" name="schema" value="\(sent.schema)">
        <input type="hidden" name="name" value="\(sent.name)"><input type="hidden" name="agreed" value="1">
        <button class="primary" type="submit">Make the connection</button>
        </form>
        <h2>Or another schema</h2>
        """
    }

    private var form: HTML {
        let choices = apps.flatMap { app in
            app.keys.map { key -> HTML in
                let mark: HTML = app.name == sent.app && key == sent.key ? " selected" : ""
                return "<option value=\"\(app.name) \(key)\"\(mark)>\(app.name): \(key)</option>"
            }
        }
        return """
            <form method="post" class="edit card" action="/new-connection">
            <label for="database">App and database</label>
            <select id="database" name="database" required>\(choices)</select>
            <p class="detail">The variable of the server's environment that holds the database's address.</p>
            <label for="schema">Schema</label>
            <input id="schema" name="schema" value="\(sent.schema)" required maxlength="63" spellcheck="false" autocomplete="off">
            <p class="detail">Tables are made in this schema of the database. It may be missing, empty, or one that Heroku Connect filled.</p>
            <label for="name">Name</label>
            <input id="name" name="name" value="\(sent.name)" maxlength="200" placeholder="Sales" autocomplete="off">
            <p class="detail">For people; it can be changed at any time.</p>
            <div class="actions"><button class="\(found?.isUsable == true ? "" : "primary")" type="submit">\(found == nil ? "Look at the schema" : "Look again")</button><a href="/">Cancel</a></div>
            </form>
            """
    }
}
