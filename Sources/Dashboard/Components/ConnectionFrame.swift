import Catalog
import Foundation
import WebServer

/// The head that all pages of one connection share: its name, its state, and the tabs.
struct ConnectionFrame {
    enum Tab: String, CaseIterable {
        case overview, mappings, explorer, logs, jobs, settings

        var label: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

        func path(_ connection: UUID) -> String {
            let base = ConnectionFrame.path(connection)
            return self == .overview ? base : "\(base)/\(rawValue)"
        }
    }

    let user: User
    let connection: Connection
    let tab: Tab
    /// Changes that could not be written, of all mappings.
    let erroredWrites: Int

    static func path(_ connection: UUID) -> String { "/connections/\(connection.uuidString.lowercased())" }

    /// - Parameter isLive: whether the page keeps itself fresh; one that somebody fills in must not.
    func page(title: String? = nil, isLive: Bool = true, _ content: HTML) -> HTML {
        let stream = isLive ? "\(Self.path(connection.id))/stream" : nil
        return PageLayout(title: "\(title ?? tab.label) – \(connection.name)", user: user, live: stream).page(
            """
            <nav class="trail" aria-label="Breadcrumb"><a href="/">Connections</a></nav>
            <div class="title"><h1>\(connection.name)</h1>\(Badge.state(connection.state, description: connection.toldDescription))</div>
            <nav class="tabs" aria-label="Connection"><ul>\(Tab.allCases.map(link))</ul></nav>
            \(content)
            """)
    }

    private func link(_ tab: Tab) -> HTML {
        let current: HTML = tab == self.tab ? " aria-current=\"page\"" : ""
        let mark: HTML =
            tab == .mappings && erroredWrites > 0
            ? " <span class=\"count\">\(PageText.count(erroredWrites))<span class=\"unseen\"> errored writes</span></span>" : ""
        return "<li><a href=\"\(tab.path(connection.id))\"\(current)>\(tab.label)\(mark)</a></li>"
    }
}
