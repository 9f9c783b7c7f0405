import Catalog
import Foundation
import Hummingbird
import NIOCore

/// The pages for people: the overview, one page a connection, and the forms that act.
struct DashboardRoutes {
    let services: APIServices

    private var session: SessionCookie { SessionCookie(services: services) }

    func add(to table: RouteTable) {
        table.add("/", [(.get, page(overview))])
        table.add("/connections/:connection", [(.get, page(connection))])
        table.add("/login", [(.get, { _, _ in .page(LoginPage(message: nil).html) }), (.post, logIn)])
        table.add("/logout", [(.post, logOut)])
        for action in ConnectionAction.allCases {
            table.add(
                RouterPath("/connections/:connection/actions/\(action.rawValue)"),
                [
                    (
                        .post,
                        form { parameters, user in
                            let connection = try await services.connection(parameters, user)
                            try await services.perform(action, on: connection, by: user)
                            return connection
                        }
                    )
                ])
        }
        for action in MappingAction.allCases {
            table.add(
                RouterPath("/mappings/:mapping/actions/\(action.rawValue)"),
                [
                    (
                        .post,
                        form { parameters, user in
                            let (mapping, connection) = try await services.mapping(parameters, user)
                            _ = try await services.perform(action, on: mapping, of: connection, by: user)
                            return connection
                        }
                    )
                ])
        }
        table.add("/assets/dashboard.css", [(.get, asset(PackageResources.dashboard_css, type: "text/css; charset=utf-8"))])
        table.add("/assets/dashboard.js", [(.get, asset(PackageResources.dashboard_js, type: "text/javascript; charset=utf-8"))])
    }

    private func overview(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        try await OverviewPage(user: user, now: Date(), data: DashboardData.read(services.catalog.connections(visibleTo: user), services))
            .html
    }

    private func connection(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await services.connection(parameters, user)
        return try await ConnectionPage(
            user: user, now: Date(), connection: connection, data: DashboardData.read([connection], services),
            activity: services.catalog.activity(connection.id, period: ActivityChart.period, span: ActivityChart.span),
            notifications: services.catalog.notifications(connection.id, limit: 20), usage: services.catalog.usage(connection.id)
        ).html
    }

    private func page(_ make: @escaping @Sendable (Request, Parameters, User) async throws -> HTML) -> RouteTable.Handler {
        { request, context in
            guard let user = try await session.user(request) else { return .redirect(to: "/login") }
            return try await .page(make(request, context.parameters, user))
        }
    }

    private func form(_ act: @escaping @Sendable (Parameters, User) async throws -> Connection) -> RouteTable.Handler {
        { request, context in
            try session.checkOrigin(request)
            guard let user = try await session.user(request) else { return .redirect(to: "/login") }
            let connection = try await act(context.parameters, user)
            return .redirect(to: "/connections/\(connection.id.uuidString.lowercased())")
        }
    }

    private func logIn(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try session.checkOrigin(request)
        let body = String(decoding: try await request.bytes(), as: UTF8.self)
        let given = body.split(separator: "&").first { $0.hasPrefix("token=") }?.dropFirst(6).removingPercentEncoding ?? ""
        let token = given.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let begun = try await services.catalog.beginSession(token: token, lifetime: SessionCookie.lifetime) else {
            return .page(LoginPage(message: "This token is not valid.").html, status: .unauthorized)
        }
        // Whoever signs in again gets a new session; what the browser held before is worth nothing any more.
        try await session.end(request)
        var response = Response.redirect(to: "/")
        response.setCookie(try session.make(begun, request: request))
        return response
    }

    private func logOut(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try session.checkOrigin(request)
        try await session.end(request)
        var response = Response.redirect(to: "/login")
        response.setCookie(session.clearing(request))
        return response
    }

    private func asset(_ bytes: [UInt8], type: String) -> RouteTable.Handler {
        { _, _ in
            Response(
                status: .ok, headers: [.contentType: type, .cacheControl: "public, max-age=300", .xContentTypeOptions: "nosniff"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }
}
