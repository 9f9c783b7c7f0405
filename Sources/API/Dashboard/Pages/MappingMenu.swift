import Catalog
import Foundation

/// What can be done with a mapping now, and why not where it cannot.
struct MappingMenu {
    let mapping: Mapping
    let connection: Connection
    /// What the reader of the page may do.
    let role: Role

    var html: HTML { ActionMenu(name: mapping.objectName, items: items).html }

    private var items: [ActionMenu.Item] {
        let path = MappingPage.path(mapping.id)
        let rest = "\(connection.state.label): nothing is read until the connection goes on"
        let read: (String, MappingAction) -> ActionMenu.Item = { label, action in
            connection.state.allowsSync
                ? .action(ActionForm(label: label, action: "\(path)/actions/\(action.rawValue)", target: mapping.objectName))
                : .unavailable(label, because: rest)
        }
        var items: [ActionMenu.Item] = []
        if role >= .admin { items.append(.link("Edit", to: "\(path)/edit")) }
        if role >= .operator {
            items.append(
                mapping.watermark == nil ? .unavailable("Poll now", because: "the first load has not ended") : read("Poll now", .poll))
            items.append(.link("Reload", to: "\(path)/confirm/reload"))
        }
        items.append(
            .link("Logs", to: "\(ConnectionFrame.path(connection.id))/logs?mapping=\(mapping.id.uuidString.lowercased())"))
        if role >= .admin { items.append(.link("Delete", to: "\(path)/confirm/delete")) }
        return items
    }
}
