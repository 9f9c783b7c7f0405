import Catalog
import Foundation
import WebServer

/// The start page: all connections that the user may see, how far behind they are, and what the cluster is doing for them.
struct ConnectionsPage {
    let user: User
    let now: Date
    let reading: ClusterReading

    var html: HTML {
        let sections = JobSections(reading: reading, now: now)
        return PageLayout(title: "Connections", user: user, live: "/stream").page(
            """
            <h1>Connections</h1>
            \(metrics)
            \(DataTable(
                title: "All connections", id: "connections",
                columns: [
                    "Connection", "App", "State", .number("Mappings"), .number("Salesforce rows"), .number("Postgres rows"), .number("Pending writes"),
                    .number("Errored writes"), .number("Read lag"),
                ],
                rows: reading.connections.map(row),
                empty: EmptyState(
                    "There is no connection yet.",
                    next: create), tools: create).html)
            \(sections.live)
            \(sections.processes)
            """)
    }

    private func setup(_ connection: Connection) -> HTML {
        guard connection.credentialsSealed == nil, user.role(on: connection) ?? .viewer >= .admin else { return "" }
        return " <a href=\"\(SetupPage.path(connection.id))\">Set up<span class=\"unseen\"> \(connection.name)</span></a>"
    }

    private var create: HTML {
        user.hasAnywhere(.admin)
            ? "<a class=\"button\" href=\"/new-connection\">New connection</a>"
            : "<p>Whoever is admin of an app makes one.</p>"
    }

    private var metrics: HTML {
        let mappings = reading.mappings.values.joined()
        let failing = reading.connections.count { $0.state.isError } + mappings.count { $0.state.isError }
        let errored = mappings.map(\.erroredWrites).reduce(0, +)
        return MetricCard.row([
            MetricCard(name: "Connections", value: "\(PageText.count(reading.connections.count))"),
            MetricCard(name: "Mappings", value: "\(PageText.count(mappings.count))"),
            MetricCard(name: "Failing", value: "\(PageText.count(failing))", detail: "connections and mappings", isAlarming: failing > 0),
            MetricCard(name: "Pending writes", value: "\(PageText.count(mappings.map(\.pendingWrites).reduce(0, +)))"),
            MetricCard(name: "Errored writes", value: "\(PageText.count(errored))", isAlarming: errored > 0),
        ])
    }

    private func row(_ connection: Connection) -> HTML {
        let mappings = reading.mappings[connection.id] ?? []
        let faults = mappings.count { $0.state.isError }
        let failing: HTML = faults > 0 ? " \(Badge(label: "\(faults) failing", tone: .bad).html)" : ""
        let errored = mappings.map(\.erroredWrites).reduce(0, +)
        let lag = ReadLag(mappings, of: connection, now: now)
        return """
            <tr>
            <th scope="row"><a href="\(ConnectionFrame.path(connection.id))">\(connection.name)</a></th>
            <td>\(connection.appName)</td>
            <td>\(Badge.state(connection.state, description: connection.toldDescription))\(setup(connection))</td>
            <td class="number">\(mappings.count)\(failing)</td>
            <td class="number">\(PageText.count(Self.sum(mappings.map(\.sfCount))))</td>
            <td class="number">\(PageText.count(Self.sum(mappings.map(\.dbCount))))</td>
            <td class="number">\(PageText.count(mappings.map(\.pendingWrites).reduce(0, +)))</td>
            <td class="number\(errored > 0 ? " alarm" : "")">\(PageText.count(errored))</td>
            <td class="number\(lag.isLate ? " alarm" : "")">\(lag.html(now: now))</td>
            </tr>
            """
    }

    private static func sum(_ counts: [Int?]) -> Int? {
        let known = counts.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +)
    }
}
