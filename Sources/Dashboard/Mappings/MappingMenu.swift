import Catalog
import Foundation
import WebServer

/// What can be done with a mapping now, and why not where it cannot.
struct MappingMenu {
    let mapping: Mapping
    let connection: Connection
    /// What the reader of the page may do.
    let role: Role
    /// What is left of the polls that people may ask for; nil where it was not looked at.
    var allowance: PollAllowance?
    let now: Date

    var html: HTML { ActionMenu(name: mapping.objectName, items: items).html }

    private var path: String { MappingPage.path(mapping.id) }

    private var items: [ActionMenu.Item] {
        var items: [ActionMenu.Item] = []
        if role >= .admin { items.append(.link("Edit", to: "\(path)/edit")) }
        if role >= .operator {
            items.append(poll)
            items.append(.link("Reload", to: "\(path)/confirm/reload"))
            if mapping.state.isPolling || mapping.watermark == nil && mapping.state != .aborted {
                items.append(.action(ActionForm(label: "Abort", action: "\(path)/actions/abort", target: mapping.objectName)))
            }
            items.append(
                mapping.watermark == nil
                    ? .unavailable("Verify", because: "the first load has not ended")
                    : acting("Verify", "verify"))
        }
        let base = ConnectionFrame.path(connection.id)
        items.append(.link("Logs", to: "\(base)/logs?mapping=\(PageAddress.part(mapping.objectName))"))
        items.append(.link("Explorer", to: "\(base)/explorer?mapping=\(PageAddress.part(mapping.objectName))"))
        if role >= .admin { items.append(.link("Delete", to: "\(path)/confirm/delete")) }
        return items
    }

    private func acting(_ label: String, _ action: String, detail: String? = nil) -> ActionMenu.Item {
        connection.state.allowsSync
            ? .action(ActionForm(label: label, action: "\(path)/actions/\(action)", target: mapping.objectName, detail: detail))
            : .unavailable(label, because: "\(connection.state.label): nothing is read until the connection goes on")
    }

    private var poll: ActionMenu.Item {
        guard mapping.watermark != nil else { return .unavailable("Poll now", because: "the first load has not ended") }
        guard let allowance else { return acting("Poll now", "poll") }
        guard allowance.left > 0 else { return .unavailable("Poll now", because: "all \(allowance.perDay) polls of today are spent") }
        if let next = allowance.nextAt {
            return .unavailable(
                "Poll now", because: "again \(PageText.distance(now.timeIntervalSince(next))); \(allowance.left) left today")
        }
        return acting("Poll now", "poll", detail: "\(allowance.left) of \(allowance.perDay) left today")
    }
}
