import Catalog
import Foundation
import LoggedChanges
import WebServer

/// What a connection is and what can be done with the whole of it.
struct SettingsTab {
    let user: User
    let now: Date
    let connection: Connection
    let mappings: [Mapping]
    let usage: DailyCallUsage
    let budgets: [UUID: CallBudget]
    /// The safety switches as the API tells them.
    let switches: JSONValue
    /// As the API tells it.
    let document: JSONValue
    /// Who has which role; nil for whom it is none of his business.
    let access: [JSONValue]?
    let outlets: [JSONValue]

    private var role: Role { user.role(on: connection) ?? .viewer }
    private var base: String { ConnectionFrame.path(connection.id) }

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .settings, erroredWrites: mappings.map(\.erroredWrites).reduce(0, +)).page(
            isLive: role < .operator,
            """
            <div class="columns">
            <section aria-labelledby="manage"><h2 id="manage">Manage connection</h2>\(facts)\(actions)</section>
            <section aria-labelledby="salesforce"><h2 id="salesforce">Salesforce</h2>\(salesforce)</section>
            <section aria-labelledby="database"><h2 id="database">Database</h2>\(database)</section>
            \(WritingSection(connection: connection, switches: switches, role: role, now: now).html)
            <section aria-labelledby="files"><h2 id="files">Configuration</h2>\(files)</section>
            <section aria-labelledby="told"><h2 id="told">Drains and notifications</h2>\(told)</section>
            </div>
            \(AccessSection(connection: connection, access: access, role: role, now: now).html)
            \(orphans)
            \(CallsSection(mappings: mappings, budgets: budgets, usage: usage, isAdmin: role >= .admin).html)
            \(storage)
            """)
    }

    private var facts: HTML {
        Facts(items: [
            ("App name", "\(connection.appName)"),
            ("Add-on plan", "\(document.text("plan"))"),
            ("Add-on name", "<code>\(connection.resourceName)</code>"),
            ("Tab label", "\(connection.name)"),
            ("Database schema", "<code>\(connection.schemaName)</code>"),
            ("Cell label", "\(document.text("cell_label")), \(document.text("region_label"))"),
            ("Cell URL", "<code>\(document.text("region_url"))</code> <span class=\"detail\"><a href=\"/docs\">its API</a></span>"),
            ("Write algorithm", "\(connection.features.writesInOrder ? "Ordered" : "Merged")"),
            ("Made", PageText.time(connection.createdAt, now: now)),
        ]).html
    }

    private var actions: HTML {
        guard role >= .operator else { return "" }
        let path = "\(base)/actions"
        let button: ActionForm? =
            switch connection.state {
            case .idle, .pollingDBChanges, .busy: ActionForm(label: "Pause", action: "\(path)/pause")
            case .paused: ActionForm(label: "Resume", action: "\(path)/resume")
            case .new, .needAuthentication, .importConfiguration: nil
            default: ActionForm(label: "Recover from error", action: "\(path)/restart")
            }
        let admin: HTML =
            role < .admin
            ? ""
            : """
            <form method="post" class="inline" action="\(base)/change"><label for="name">Tab label</label>
            <input id="name" name="name" value="\(connection.name)" maxlength="200" required><button type="submit">Rename</button></form>
            <a class="danger" href="\(base)/confirm/delete">Delete connection</a>
            """
        return
            "<div class=\"actions\">\(button?.html ?? "")\(admin)</div><p class=\"detail\"><a href=\"\(base)/audit\">Audit trail</a> · <a href=\"/account\">Your tokens and sessions</a></p>"
    }

    private var salesforce: HTML {
        let calls = usage.limit.map { "the org counts \(PageText.count(usage.used)) of \(PageText.count($0)) calls" as HTML } ?? "–"
        let admin: HTML =
            role < .admin
            ? ""
            : """
            <details class="card"><summary>Sign in again at Salesforce</summary>\(SalesforceSignInForm(connection: connection, environment: connection.environment, domain: connection.environment == "custom" ? connection.loginURL : "").html)</details>
            """
        return """
            \(Facts(items: [
                ("Organization", "\(connection.organizationID ?? "not authorized yet")"),
                ("User", "\(connection.username ?? "–")"),
                ("Environment", "\(connection.environment) <span class=\"detail\">\(connection.loginURL)</span>"),
                ("API version", "\(connection.apiVersion) <a href=\"\(base)/version\">Change</a>"),
                ("Calls today", calls),
                ("Objects", "<a href=\"\(base)/objects\">Supported objects</a>"),
            ]).html)
            \(admin)
            """
    }

    private var database: HTML {
        let queries = PsqlQueries(schema: connection.schemaName)
        let place = document["database"] ?? .null
        func command(_ text: String) -> HTML {
            "<code>\(text)</code> <button type=\"button\" class=\"quiet with-script\" data-copy=\"\(text)\">Copy</button>"
        }
        return Facts(items: [
            ("Variable", "\(connection.dbKey ?? "an address of its own")"),
            (
                "Database",
                place == .null
                    ? "–" : "<code>\(place.text("host")):\(place.count("port").map(String.init) ?? "")/\(place.text("database"))</code>"
            ),
            ("Open", command("psql \"$\(connection.dbKey ?? "DATABASE_URL")\"")),
            ("Tables", command("\\dt \(connection.schemaName).*")),
            ("Failed changes", command(queries.failedChanges)),
            ("Waiting changes", command(queries.waitingChanges)),
        ]).html
    }

    private var files: HTML {
        let admin: HTML =
            role >= .admin
            ? "<a class=\"button\" href=\"\(ImportPage.path(connection.id))\">Import</a><a href=\"\(AdoptPage.path(connection.id))\">Adopt what Heroku Connect filled</a>"
            : ""
        return """
            <div class="card"><p>All mappings as a file, the same that Heroku Connect exports.</p>
            <div class="actions"><a class="button" href="\(base)/export" download>Export</a>\(admin)</div></div>
            """
    }

    private var told: HTML {
        let list = outlets.map { "<li>\(OutletsPage.badge($0)) \($0.text("kind")) <code>\($0.text("address"))</code></li>" as HTML }
        return """
            <div class="card">\(list.isEmpty ? "<p>Nobody is told yet what happens to this connection.</p>" : "<ul class=\"plain\">\(list)</ul>")
            <div class="actions"><a class="button" href="\(OutletsPage.path(connection.id))">Manage</a></div></div>
            """
    }

    private var orphans: HTML {
        let orphaned = mappings.filter { $0.orphanedAt != nil }
        guard !orphaned.isEmpty else { return "" }
        let button: HTML = role >= .admin ? "<a class=\"button\" href=\"\(base)/confirm/remove-orphans\">Remove all</a>" : ""
        return DataTable(
            title: "Orphaned mappings", id: "orphans", columns: ["Object", "Since"],
            rows: orphaned.map {
                "<tr><th scope=\"row\"><a href=\"\(MappingPage.path($0.id))\">\($0.objectName)</a></th><td>\(PageText.time($0.orphanedAt, now: now))</td></tr>"
            }, empty: "Every mapping is in the last import.", tools: button
        ).html
    }

    /// Salesforce counts 2 KB for most records (https://help.salesforce.com, "Data and File Storage Allocations").
    private var storage: HTML {
        let counted = mappings.filter { $0.sfCount != nil }.sorted { ($0.sfCount ?? 0, $1.objectName) > ($1.sfCount ?? 0, $0.objectName) }
        // Where Salesforce itself tells it, to its admins.
        let page: HTML =
            connection.instanceURL.map {
                "<a class=\"button\" href=\"\($0)/lightning/setup/CompanyResourceDisk/home\" rel=\"noreferrer\">Storage usage at Salesforce</a>"
            } ?? ""
        return DataTable(
            title: "Salesforce storage by object", id: "storage", columns: ["Object", .number("Records"), .number("About")],
            rows: counted.map { mapping in
                let records = mapping.sfCount ?? 0
                return """
                    <tr><th scope="row"><a href="\(MappingPage.path(mapping.id))">\(mapping.objectName)</a></th>
                    <td class="number">\(PageText.count(records, mapping.sfCountKind, of: mapping.sfCountAt, now: now))</td>
                    <td class="number">\(PageText.bytes(records * 2048))</td></tr>
                    """
            }, empty: "No object was counted yet.", tools: page
        ).html
    }
}
