import Catalog
import Foundation
import WebServer

/// Every mapping of a connection with its counts, its state and what can be done with it.
struct MappingsTab {
    let user: User
    let now: Date
    let connection: Connection
    let mappings: [Mapping]
    let allowances: [UUID: PollAllowance]

    var html: HTML {
        ConnectionFrame(user: user, connection: connection, tab: .mappings, erroredWrites: mappings.map(\.erroredWrites).reduce(0, +)).page(
            DataTable(
                title: "Mappings", id: "mappings",
                columns: [
                    "Object", "State", "Access", .number("Mapped fields"), .number("Salesforce rows"), .number("Postgres rows"),
                    .number("Pending writes"), .number("Errored writes"), "Read up to", "Next poll", "Actions",
                ],
                rows: mappings.map(row),
                empty: EmptyState("Nothing is mapped yet.", next: create), tools: create
            ).html)
    }

    private var create: HTML {
        guard user.role(on: connection) ?? .viewer >= .admin else { return "" }
        return "<a class=\"button\" href=\"\(ConnectionFrame.path(connection.id))/new-mapping\">Create mapping</a>"
    }

    /// With the way to their causes.
    private func errored(_ mapping: Mapping) -> HTML {
        guard mapping.erroredWrites > 0 else { return "0" }
        let address = PageAddress.make(
            ConnectionFrame.Tab.explorer.path(connection.id), [("mapping", mapping.objectName), ("state", "failed")])
        return "<a href=\"\(address)\">\(PageText.count(mapping.erroredWrites))</a>"
    }

    private func row(_ mapping: Mapping) -> HTML {
        """
        <tr>
        <th scope="row"><a href="\(MappingPage.path(mapping.id))">\(mapping.objectName)</a></th>
        <td>\(Badge.state(mapping.state, description: mapping.stateDescription))</td>
        <td class="word">\(mapping.config.access == .readWrite ? "read, write" : "read only")</td>
        <td class="number">\(mapping.config.fields.count)</td>
        <td class="number">\(PageText.count(mapping.sfCount, mapping.sfCountKind, of: mapping.sfCountAt, now: now))</td>
        <td class="number">\(PageText.count(mapping.dbCount, mapping.dbCountKind, of: mapping.dbCountAt, now: now))</td>
        <td class="number">\(PageText.count(mapping.pendingWrites))</td>
        <td class="number\(mapping.erroredWrites > 0 ? " alarm" : "")">\(errored(mapping))</td>
        <td>\(PageText.time(mapping.watermark, now: now))</td>
        <td>\(PageText.time(mapping.nextPollAt, now: now))</td>
        <td>\(MappingMenu(mapping: mapping, connection: connection, role: user.role(on: connection) ?? .viewer, allowance: allowances[mapping.id], now: now).html)</td>
        </tr>
        """
    }
}
