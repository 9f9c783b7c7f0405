import Catalog
import Foundation
import WebServer

/// The steps of a set-up that follow the first: the sign-in at Salesforce, and what is mapped.
struct SetupPage {
    let user: User
    let connection: Connection
    /// What stands in the connection's schema; nil where nobody could tell in time.
    var found: FoundSchema?
    var fault: String?
    /// What Salesforce or the API said against the sign-in.
    var environment = "production"
    var domain = ""

    static func path(_ connection: UUID) -> String { "\(ConnectionFrame.path(connection))/setup" }

    private var step: SetupSteps.Step { connection.credentialsSealed == nil ? .salesforce : .mappings }

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .overview, erroredWrites: 0).page(
            title: "Set up", isLive: false,
            """
            <h2>Set up \(connection.name)</h2>
            \(SetupSteps(current: step).html)
            \(fault.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? "")
            \(step == .salesforce ? SalesforceSignInForm(connection: connection, environment: environment, domain: domain).html : mappings)
            """)
    }

    private var adoption: HTML {
        guard let found, !found.isPlain else { return "" }
        guard found.isAdoptable else { return found.html }
        return """
            <section class="card" aria-labelledby="adopt"><h3 id="adopt">Adopt what is there</h3>
            <p>\(found.document.text("message"))</p><p>Rows, ids and changes that wait stay as they are.</p>
            <p><a class="button" href="\(AdoptPage.path(connection.id))">Adopt the schema</a></p></section>
            """
    }

    private var mappings: HTML {
        """
        <p>Signed in at Salesforce as <strong>\(connection.username ?? "")</strong>. What shall be mapped?</p>
        <div class="columns">
        <section class="card" aria-labelledby="choose"><h3 id="choose">Choose an object</h3>
        <p>One mapping at a time, with its fields.</p>
        <p><a class="button" href="\(ConnectionFrame.path(connection.id))/new-mapping">Create mapping</a></p></section>
        <section class="card" aria-labelledby="import"><h3 id="import">Import a file</h3>
        <p>An export of this or of Heroku Connect, all mappings at once.</p>
        <p><a class="button" href="\(ConnectionFrame.path(connection.id))/import">Import a configuration</a></p></section>
        \(adoption)
        </div>
        <p><a href="\(ConnectionFrame.path(connection.id))">To the overview</a></p>
        """
    }
}
