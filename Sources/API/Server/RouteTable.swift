import Catalog
import HTTPTypes
import Hummingbird

/// Adds routes to the router; a path that is known answers 405, not 404, to a method that it does not have.
struct RouteTable {
    typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

    let router: Router<BasicRequestContext>
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    func add(_ path: RouterPath, _ handlers: [(HTTPRequest.Method, Handler)]) {
        var allowed = handlers.map(\.0)
        for (method, handler) in handlers { router.on(path, method: method, use: handler) }
        // The router itself answers HEAD where there is a GET.
        if allowed.contains(.get) { allowed.append(.head) }
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        for method in Self.methods where !allowed.contains(method) {
            router.on(path, method: method) { request, _ -> Response in
                var response = Response.json(
                    [
                        "code": "method_not_allowed",
                        "message": .string("\(request.uri.path) does not take \(method.rawValue), but \(names)"),
                    ],
                    status: .methodNotAllowed)
                response.headers[.allow] = names
                return response
            }
        }
    }
}

/// Some clients can send only GET and POST; they name the method they mean in a header or in the query.
struct MethodOverrideResponder<Next: HTTPResponder>: HTTPResponder {
    let next: Next

    func respond(to request: Request, context: Next.Context) async throws -> Response {
        guard request.method == .post,
            let name = request.headers[.methodOverride] ?? request.uri.queryParameters["_HttpMethod"].map(String.init),
            let method = HTTPRequest.Method(rawValue: name.uppercased()), method == .patch || method == .put || method == .delete
        else { return try await next.respond(to: request, context: context) }
        var head = request.head
        head.method = method
        return try await next.respond(to: Request(head: head, body: request.body), context: context)
    }
}
