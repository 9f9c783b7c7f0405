package import Catalog

/// Who may use a route. Every route has one: without it the route does not compile.
package enum RouteGate: Sendable, Hashable {
    /// Anybody, signed in or not: what a client needs before it signs in, or what proves itself in another way.
    case anyone
    /// Whoever signed in; the handler answers with what is his.
    case signedIn
    /// Whoever has this role on what the path names: `:connection`, `:mapping`, `:job` or `:app`.
    case role(Role)
    /// Whoever has this role on some connection.
    case anywhere(Role)
    /// Whoever keeps the installation.
    case administrator

    /// Reads.
    package static let viewer = RouteGate.role(.viewer)
    /// Acts.
    package static let `operator` = RouteGate.role(.operator)
    /// Configures.
    package static let admin = RouteGate.role(.admin)
}

/// What a path names that a role can be held on.
package enum RouteSubject: String, Sendable, CaseIterable {
    case connection
    case mapping
    case job
    case app

    /// What this path names; nil when that is nothing.
    package init?(path: String) {
        let names = path.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
        guard let subject = Self.allCases.first(where: { names.contains($0.rawValue) }) else { return nil }
        self = subject
    }
}
