package import Catalog
package import HTTPTypes
package import Hummingbird

/// One method of a path, with who may use it.
package struct Route: Sendable {
    /// What answers whoever was let in.
    package typealias Handler = @Sendable (Request, Parameters, User) async throws -> Response

    /// How a request shows who sends it, and what becomes of one that does not.
    package enum Style: Sendable {
        /// Nobody is asked.
        case open(RouteTable.Handler)
        /// By an API token or a session; 401 without.
        case api(Handler)
        /// By a session; without one a browser is sent to sign in.
        case page(Handler)
    }

    package let method: HTTPRequest.Method
    package let gate: RouteGate
    package let style: Style
    /// Whether it leaves everything as it is though its method says otherwise, so that there is nothing to audit.
    package private(set) var onlyReads = false

    /// Whether everybody may ask as often as he likes: what supervisors ask must not depend on what others do.
    package private(set) var isUnlimited = false

    /// The same without a limit.
    package var unlimited: Route {
        var route = self
        route.isUnlimited = true
        return route
    }

    /// The same, of which its author says that it changes nothing.
    package var reading: Route {
        var route = self
        route.onlyReads = true
        return route
    }

    /// Whether it is for browsers, with the session alone.
    package var isPage: Bool { if case .page = style { true } else { false } }

    /// A route of the API.
    package static func api(_ method: HTTPRequest.Method, _ gate: RouteGate, _ handler: @escaping Handler) -> Route {
        Route(method: method, gate: gate, style: .api(handler))
    }

    package static func get(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.get, gate, handler) }
    package static func post(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.post, gate, handler) }
    package static func put(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.put, gate, handler) }
    package static func patch(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.patch, gate, handler) }
    package static func delete(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.delete, gate, handler) }

    /// A page for people.
    package static func page(_ gate: RouteGate, _ handler: @escaping Handler) -> Route {
        Route(method: .get, gate: gate, style: .page(handler))
    }

    /// What a page's form sends.
    package static func form(_ gate: RouteGate, _ handler: @escaping Handler) -> Route {
        Route(method: .post, gate: gate, style: .page(handler))
    }

    /// A route for anybody.
    package static func open(_ method: HTTPRequest.Method, _ handler: @escaping RouteTable.Handler) -> Route {
        Route(method: method, gate: .anyone, style: .open(handler))
    }
}

/// A route as the table remembers it.
package struct RouteRecord: Sendable, Hashable {
    package let method: HTTPRequest.Method
    package let path: String
    package let gate: RouteGate
    /// Whether it is for browsers, with the session alone.
    package let isPage: Bool

    package init(method: HTTPRequest.Method, path: String, gate: RouteGate, isPage: Bool) {
        self.method = method
        self.path = path
        self.gate = gate
        self.isPage = isPage
    }
}

extension HTTPRequest.Method {
    /// Whether it only reads (RFC 9110, 9.2.1).
    package var isSafe: Bool { self == .get || self == .head || self == .options }
}
