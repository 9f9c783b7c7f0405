import Catalog
import Foundation
import Hummingbird
import WebServer

/// What an address of the explorer asks for.
struct ExplorerQuery {
    /// Which rows, with the words for them.
    static let states: [(value: String, label: String)] = [
        ("any", "all rows"), ("synced", "synced"), ("pending", "pending"), ("failed", "failed"), ("different", "different"),
        ("only_here", "only in Postgres"), ("only_there", "only in Salesforce"),
    ]
    static let rowsOfPage = 25

    let mapping: Mapping?
    let state: String
    let search: String
    let after: String
    /// Whether Salesforce is looked at before the page is sent; otherwise the page fetches that by itself.
    let looks: Bool

    init(_ request: Request, mappings: [Mapping]) {
        let wanted = request.parameter("mapping")?.lowercased()
        mapping =
            mappings.first { $0.objectName.lowercased() == wanted || $0.id.uuidString.lowercased() == wanted }
            ?? (wanted == nil ? mappings.first { $0.erroredWrites > 0 } ?? mappings.first : nil)
        let asked = request.parameter("state") ?? "any"
        state = Self.states.contains { $0.value == asked } ? asked : "any"
        search = String((request.parameter("search") ?? "").prefix(200))
        after = request.parameter("after") ?? ""
        looks = request.parameter("look") == "1"
    }

    /// Whether only a look at Salesforce tells which rows are meant.
    var needsLook: Bool { ["different", "only_here", "only_there"].contains(state) }

    /// The address of the same with something else.
    func address(_ connection: UUID, after: String? = nil, looks: Bool = false) -> String {
        PageAddress.make(
            ConnectionFrame.Tab.explorer.path(connection),
            [
                ("mapping", mapping?.objectName), ("state", state == "any" ? nil : state), ("search", search),
                ("after", after ?? self.after), ("look", looks ? "1" : nil),
            ])
    }

    /// What the API is asked.
    func rows(of mapping: Mapping) -> String {
        PageAddress.make(
            "/api/v3\(MappingPage.path(mapping.id))/rows",
            [
                ("state", state), ("search", search), ("after", after), ("limit", String(Self.rowsOfPage)),
                ("salesforce", looks ? "true" : "false"),
            ])
    }
}
