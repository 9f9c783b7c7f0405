import Catalog
import Foundation
import WebServer

/// Writes that failed, those of one cause together, with what can be done about all of them.
struct FailureGroups {
    let connection: Connection
    let mappings: [Mapping]
    let role: Role
    /// The groups as the API tells them.
    let groups: [JSONValue]
    let now: Date

    var html: HTML {
        guard !groups.isEmpty else { return "" }
        return DataTable(
            title: "Failed writes by cause", id: "causes",
            columns: ["Object", "Cause", .number("Changes"), "First", "Last", "Actions"], rows: groups.map(row), empty: "Nothing failed."
        ).html
    }

    private func row(_ group: JSONValue) -> HTML {
        let table = group.text("table_name")
        let mapping = mappings.first { $0.tableName == table }
        let object = mapping?.objectName ?? table
        return """
            <tr>
            <th scope="row">\(object)</th>
            <td class="text">\(group.text("reason"))<div class="reason">\(group.text("example"))</div></td>
            <td class="number alarm">\(PageText.count(group.count("count")))</td>
            <td>\(PageText.time(group.time("first_at"), now: now))</td>
            <td>\(PageText.time(group.time("last_at"), now: now))</td>
            <td>\(ActionMenu(name: "\(object): \(group.text("reason"))", items: items(group, mapping)).html)</td>
            </tr>
            """
    }

    private func items(_ group: JSONValue, _ mapping: Mapping?) -> [ActionMenu.Item] {
        var items: [ActionMenu.Item] = []
        if let mapping {
            items.append(
                .link(
                    "Show rows",
                    to: PageAddress.make(
                        ConnectionFrame.Tab.explorer.path(connection.id), [("mapping", mapping.objectName), ("state", "failed")])))
        }
        guard role >= .operator else { return items }
        for action in RepairAction.allCases where mapping != nil || action == .retry || action == .ignore {
            if action == .overwriteSalesforce, mapping?.config.access != .readWrite { continue }
            items.append(
                .link(
                    "\(action.label) all",
                    to: PageAddress.make(
                        "\(ConnectionFrame.path(connection.id))/failed-changes/confirm",
                        [("action", action.rawValue), ("mapping", mapping?.objectName), ("cause", group.text("cause"))])))
        }
        return items
    }
}
