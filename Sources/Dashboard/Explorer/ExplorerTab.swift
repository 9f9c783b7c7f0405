import Catalog
import Foundation
import WebServer

/// What Salesforce holds beside what Postgres holds, what could not be written, and what to do about either.
struct ExplorerTab {
    let user: User
    let now: Date
    let connection: Connection
    let mappings: [Mapping]
    let query: ExplorerQuery
    let groups: [JSONValue]
    /// The job that does what somebody has just asked for.
    let begun: Int64?
    let answer: ExplorerRows.Answer

    var html: HTML {
        let role = user.role(on: connection) ?? .viewer
        return ConnectionFrame(
            user: user, connection: connection, tab: .explorer, erroredWrites: mappings.map(\.erroredWrites).reduce(0, +)
        ).page(
            isLive: false,
            """
            \(notice)
            <div class="heading"><h2>Rows on both sides</h2>\(filter)</div>
            \(FailureGroups(connection: connection, mappings: mappings, role: role, groups: groups, now: now).html)
            \(rows(role))
            """)
    }

    private var notice: HTML {
        guard let begun else { return "" }
        let job = "\(ConnectionFrame.Tab.jobs.path(connection.id))/\(begun)"
        return """
            <p class="done" role="status">Begun as <a href="\(job)">job \(begun)</a>. <a href="\(query.address(connection.id))">Look again</a></p>
            """
    }

    private var filter: HTML {
        FilterForm(fields: [
            .choice(
                name: "mapping", label: "Object", options: mappings.map { ($0.objectName, $0.objectName) },
                selected: query.mapping?.objectName ?? ""),
            .choice(name: "state", label: "State", options: ExplorerQuery.states, selected: query.state),
            .text(name: "search", label: "Search", value: query.search, hint: "id, sfid, error, name"),
        ]).html
    }

    private func rows(_ role: Role) -> HTML {
        guard let mapping = query.mapping else {
            return EmptyState(
                "Nothing is mapped yet.",
                next: "<p><a href=\"\(ConnectionFrame.Tab.mappings.path(connection.id))\">Create a mapping first</a></p>"
            ).html
        }
        return ExplorerRows(connection: connection, mapping: mapping, query: query, role: role, answer: answer).html
    }
}
