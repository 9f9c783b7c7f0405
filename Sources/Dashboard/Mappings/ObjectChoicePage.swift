import Catalog
import WebServer

/// Asks which object a new mapping is for.
struct ObjectChoicePage {
    let user: User
    let connection: Connection
    let fault: String?

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .mappings, erroredWrites: 0).page(
            title: "Create a mapping", isLive: false,
            """
            <h2>Create a mapping</h2>
            \(fault.map { "<p class=\"fault\" role=\"alert\">\($0)</p>" } ?? "")
            <form method="get" class="filter" action="\(ConnectionFrame.path(connection.id))/new-mapping">
            <label for="object">Salesforce object</label>
            <input id="object" name="object" required maxlength="80" pattern="[A-Za-z][A-Za-z0-9_]*" spellcheck="false" autocomplete="off"
                placeholder="Account" autofocus>
            <button class="primary" type="submit">Next</button>
            </form>
            <p class="detail">Its API name, such as <code>Account</code> or <code>Invoice__c</code>, or one of these:</p>
            <div id="objects-list" data-late="\(ConnectionFrame.path(connection.id))/objects?look=1" aria-busy="true">
            <p class="without-script"><a href="\(ConnectionFrame.path(connection.id))/objects?look=1">All objects of the org</a></p></div>
            """)
    }
}
