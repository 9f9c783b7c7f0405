import Catalog
import WebServer

/// Stands in for a form while no worker has asked the org what an object is made of; it looks again by itself.
struct PendingSchemaPage {
    let user: User
    let connection: Connection
    let objectName: String

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .mappings, erroredWrites: 0).page(
            title: objectName,
            """
            <h2>\(objectName)</h2>
            \(EmptyState(
                "Salesforce has not described \(objectName) yet. This page looks again by itself.",
                next: "<p>If it stays, no worker is free: see <a href=\"\(ConnectionFrame.Tab.jobs.path(connection.id))\">Jobs</a>.</p>"
            ).html)
            """)
    }
}
