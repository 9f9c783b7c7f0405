import Catalog
import Foundation
import MappedSchema

/// What a connection is and what can be done with the whole of it.
struct SettingsTab {
    let user: User
    let now: Date
    let connection: Connection
    let mappings: [Mapping]
    let usage: APIUsage

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .settings, erroredWrites: mappings.map(\.erroredWrites).reduce(0, +)).page(
            """
            <div class="columns">
            <section aria-labelledby="manage"><h2 id="manage">Manage connection</h2>\(facts)\(actions)</section>
            <section aria-labelledby="salesforce"><h2 id="salesforce">Salesforce</h2>\(salesforce)</section>
            <section aria-labelledby="database"><h2 id="database">Database</h2>\(database)</section>
            </div>
            """)
    }

    private var facts: HTML {
        Facts(items: [
            ("App name", "\(connection.appName)"),
            ("Add-on plan", "self-hosted"),
            ("Add-on name", "<code>\(connection.resourceName)</code>"),
            ("Database schema", "<code>\(connection.schemaName)</code>"),
            ("Write algorithm", "\(connection.features.writesInOrder ? "Ordered" : "Merged")"),
            ("Made", PageText.time(connection.createdAt, now: now)),
        ]).html
    }

    private var actions: HTML {
        guard user.role(on: connection) ?? .viewer >= .operator else { return "" }
        let path = "\(ConnectionFrame.path(connection.id))/actions"
        let button: ActionForm? =
            switch connection.state {
            case .idle, .pollingDBChanges, .busy: ActionForm(label: "Pause", action: "\(path)/pause")
            case .paused: ActionForm(label: "Resume", action: "\(path)/resume")
            case .new, .needAuthentication, .importConfiguration: nil
            default: ActionForm(label: "Recover from error", action: "\(path)/restart")
            }
        return button.map { "<div class=\"actions\">\($0.html)</div>" } ?? ""
    }

    private var salesforce: HTML {
        let calls = usage.limit.map { "the org counts \(PageText.count(usage.used)) of \(PageText.count($0)) calls" as HTML } ?? "–"
        return Facts(items: [
            ("Organization", "\(connection.organizationID ?? "not authorized yet")"),
            ("User", "\(connection.username ?? "–")"),
            ("API version", "\(connection.apiVersion)"),
            ("Today", calls),
        ]).html
    }

    private var database: HTML {
        let queries = PsqlQueries(schema: connection.schemaName)
        return Facts(items: [
            ("Variable", "\(connection.dbKey ?? "an address of its own")"),
            ("Failed changes", "<code>\(queries.failedChanges)</code>"),
            ("Waiting changes", "<code>\(queries.waitingChanges)</code>"),
        ]).html
    }
}
