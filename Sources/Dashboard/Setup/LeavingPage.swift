import Catalog
import WebServer

/// Leads on to Salesforce. A link does: the policy of pages lets no form lead elsewhere.
struct LeavingPage {
    let user: User
    let connection: Connection
    let address: String

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .overview, erroredWrites: 0).page(
            title: "Sign in at Salesforce", isLive: false,
            """
            <section class="confirmation" aria-labelledby="leave"><h2 id="leave">Sign in at Salesforce</h2>
            <p>Salesforce asks who you are and whether Sluice may read and write for you, and sends you back here.</p>
            <div class="actions"><a class="button primary" href="\(address)" rel="noreferrer">Go on to Salesforce</a>
            <a href="\(SetupPage.path(connection.id))">Cancel</a></div></section>
            """)
    }
}
