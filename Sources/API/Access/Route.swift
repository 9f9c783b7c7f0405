import Catalog
import HTTPTypes
import Hummingbird

/// One method of a path, with who may use it.
struct Route: Sendable {
    /// What answers whoever was let in.
    typealias Handler = @Sendable (Request, Parameters, User) async throws -> Response

    /// How a request shows who sends it, and what becomes of one that does not.
    enum Style: Sendable {
        /// Nobody is asked.
        case open(RouteTable.Handler)
        /// By an API token or a session; 401 without.
        case api(Handler)
        /// By a session; without one a browser is sent to sign in.
        case page(Handler)
    }

    let method: HTTPRequest.Method
    let gate: RouteGate
    let style: Style
    /// Whether it leaves everything as it is though its method says otherwise, so that there is nothing to audit.
    private(set) var onlyReads = false

    /// Whether everybody may ask as often as he likes: what supervisors ask must not depend on what others do.
    private(set) var isUnlimited = false

    /// The same without a limit.
    var unlimited: Route {
        var route = self
        route.isUnlimited = true
        return route
    }

    /// The same, of which its author says that it changes nothing.
    var reading: Route {
        var route = self
        route.onlyReads = true
        return route
    }

    /// Whether it is for browsers, with the session alone.
    var isPage: Bool { if case .page = style { true } else { false } }

    /// A route of the API.
    static func api(_ method: HTTPRequest.Method, _ gate: RouteGate, _ handler: @escaping Handler) -> Route {
        Route(method: method, gate: gate, style: .api(handler))
    }

    static func get(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.get, gate, handler) }
    static func post(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.post, gate, handler) }
    static func put(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.put, gate, handler) }
    static func patch(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.patch, gate, handler) }
    static func delete(_ gate: RouteGate, _ handler: @escaping Handler) -> Route { .api(.delete, gate, handler) }

    /// A page for people.
    static func page(_ gate: RouteGate, _ handler: @escaping Handler) -> Route {
        Route(method: .get, gate: gate, style: .page(handler))
    }

    /// What a page's form sends.
    static func form(_ gate: RouteGate, _ handler: @escaping Handler) -> Route {
        Route(method: .post, gate: gate, style: .page(handler))
    }

    /// A route for anybody.
    static func open(_ method: HTTPRequest.Method, _ handler: @escaping RouteTable.Handler) -> Route {
        Route(method: method, gate: .anyone, style: .open(handler))
    }
}

/// A route as the table remembers it.
struct RouteRecord: Sendable, Hashable {
    let method: HTTPRequest.Method
    let path: String
    let gate: RouteGate
    /// Whether it is for browsers, with the session alone.
    let isPage: Bool
}
