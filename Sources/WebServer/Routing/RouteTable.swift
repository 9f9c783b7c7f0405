import Catalog
import HTTPTypes
package import Hummingbird

/// Adds routes to the router, each behind its gate; a path that is known answers 405, not 404, to a method that it does not have.
package final class RouteTable {
    package typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

    /// What was added so far.
    package private(set) var routes: [RouteRecord] = []
    /// The handlers of the API's own routes, for pages that act through them.
    package private(set) var inner = InnerAPI()
    private let router: Router<BasicRequestContext>
    private let keeper: (any RouteKeeper)?
    private let hidden: Set<HiddenPart>
    /// The methods that the router knows for every path; TRACE stands for all others.
    fileprivate static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace]

    /// A table over a router.
    ///
    /// - Parameters:
    ///   - keeper: who lets people in; without one there can be only routes that are open to anybody.
    ///   - hidden: what is left out.
    package init(router: Router<BasicRequestContext>, keeper: (any RouteKeeper)? = nil, hidden: Set<HiddenPart> = []) {
        self.router = router
        self.hidden = hidden
        self.keeper = keeper
    }

    package func add(_ path: String, _ routes: [Route]) {
        guard !hidden.contains(where: { $0.covers(path) }) else { return }
        var allowed = routes.map(\.method)
        for route in routes {
            self.routes.append(RouteRecord(method: route.method, path: path, gate: route.gate, isPage: route.isPage))
            router.on(RouterPath(path), method: route.method, use: handler(of: route, at: path))
            if let handler = keeper?.innerHandler(of: route, at: path) { inner.add(route.method, path, handler) }
        }
        // The router itself answers HEAD where there is a GET.
        if allowed.contains(.get) { allowed.append(.head) }
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        for method in Self.methods where !allowed.contains(method) {
            router.on(RouterPath(path), method: method) { request, _ -> Response in
                var response = Response.json(
                    ["code": "method_not_allowed", "message": .string("\(request.uri.path) takes \(names) and no other method")],
                    status: .methodNotAllowed)
                response.headers[.allow] = names
                return response
            }
        }
    }

    private func handler(of route: Route, at path: String) -> Handler {
        if let keeper { return keeper.handler(of: route, at: path) }
        guard case .open(let handler) = route.style else {
            preconditionFailure("\(route.method) \(path) has a gate, but its table has no keeper")
        }
        return handler
    }
}

/// Methods that no route ever has, such as PROPFIND, meet the same answer as known ones that a path does not have: the router would take the
/// path for an unknown one.
package struct KnownMethodResponder<Next: HTTPResponder>: HTTPResponder {
    package let next: Next

    package init(next: Next) { self.next = next }

    package func respond(to request: Request, context: Next.Context) async throws -> Response {
        guard !RouteTable.methods.contains(request.method) else { return try await next.respond(to: request, context: context) }
        var head = request.head
        head.method = .trace
        return try await next.respond(to: Request(head: head, body: request.body), context: context)
    }
}

/// Some clients can send only GET and POST; they name the method they mean in a header or in the query.
package struct MethodOverrideResponder<Next: HTTPResponder>: HTTPResponder {
    package let next: Next

    package init(next: Next) { self.next = next }

    package func respond(to request: Request, context: Next.Context) async throws -> Response {
        guard request.method == .post,
            let name = request.headers[.methodOverride] ?? request.uri.queryParameters["_HttpMethod"].map(String.init),
            let method = HTTPRequest.Method(rawValue: name.uppercased()), method == .patch || method == .put || method == .delete
        else { return try await next.respond(to: request, context: context) }
        var head = request.head
        head.method = method
        return try await next.respond(to: Request(head: head, body: request.body), context: context)
    }
}
