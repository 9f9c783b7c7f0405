import Catalog
import Foundation

/// All connections that the user may see, and what the cluster is doing for them.
struct OverviewPage {
    let user: User
    let now: Date
    let data: DashboardData

    var html: HTML {
        let sections = Sections(data: data, now: now)
        let rows = data.connections.map(row)
        return PageLayout(title: "Overview", user: user, isLive: true).page(
            """
            <h1>Overview</h1>
            \(sections.table(
                "Connections", id: "connections",
                columns: ["Connection", "App", "State", "#Mappings", "#Salesforce rows", "#Postgres rows", "#Pending writes", "#Errored writes"],
                rows: rows, empty: "There is no connection yet. Make one with: sluice connection create --app APP --db-key DATABASE_URL"))
            \(sections.liveJobs)
            \(sections.workers)
            \(sections.endedJobs)
            \(sections.events)
            """)
    }

    private func row(_ connection: Connection) -> HTML {
        let mappings = data.mappings[connection.id] ?? []
        let faults = mappings.filter(\.state.isError).count
        let failing: HTML = faults > 0 ? " <span class=\"badge bad\">\(faults) failing</span>" : ""
        let errored = mappings.map(\.erroredWrites).reduce(0, +)
        return """
            <tr>
            <th scope="row"><a href="/connections/\(connection.id.uuidString.lowercased())">\(connection.name)</a></th>
            <td>\(connection.appName)</td>
            <td>\(PageText.state(connection.state, description: connection.stateDescription))</td>
            <td class="number">\(mappings.count)\(failing)</td>
            <td class="number">\(PageText.count(Self.sum(mappings.map(\.sfCount))))</td>
            <td class="number">\(PageText.count(Self.sum(mappings.map(\.dbCount))))</td>
            <td class="number">\(PageText.count(mappings.map(\.pendingWrites).reduce(0, +)))</td>
            <td class="number\(errored > 0 ? " alarm" : "")">\(PageText.count(errored))</td>
            </tr>
            """
    }

    private static func sum(_ counts: [Int?]) -> Int? {
        let known = counts.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +)
    }
}
