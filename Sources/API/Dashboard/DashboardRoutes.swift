import Catalog
import Foundation
import Hummingbird
import NIOCore

/// The pages for people: the overview, one page a connection, and the forms that act.
struct DashboardRoutes {
    let services: APIServices

    private var session: SessionCookie { SessionCookie(services: services) }

    func add(to table: RouteTable) {
        table.add("/", [.page(.signedIn, page(overview))])
        table.add("/connections/:connection", [.page(.viewer, page(connection))])
        table.add("/login", [.open(.get) { _, _ in .page(LoginPage(message: nil).html) }, .open(.post, logIn)])
        table.add("/logout", [.open(.post, logOut)])
        for action in ConnectionAction.allCases {
            table.add(
                "/connections/:connection/actions/\(action.rawValue)",
                [
                    .form(.operator) { [services] _, parameters, user in
                        let connection = try await services.connection(parameters, user)
                        try await services.perform(action, on: connection, by: user)
                        return Self.back(to: connection)
                    }
                ])
        }
        for action in MappingAction.allCases {
            table.add(
                "/mappings/:mapping/actions/\(action.rawValue)",
                [
                    .form(.operator) { [services] _, parameters, user in
                        let (mapping, connection) = try await services.mapping(parameters, user)
                        _ = try await services.perform(action, on: mapping, of: connection, by: user)
                        return Self.back(to: connection)
                    }
                ])
        }
        table.add("/assets/dashboard.css", [.open(.get, asset(PackageResources.dashboard_css, type: "text/css; charset=utf-8"))])
        table.add("/assets/dashboard.js", [.open(.get, asset(PackageResources.dashboard_js, type: "text/javascript; charset=utf-8"))])
    }

    private func overview(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        try await OverviewPage(
            user: user, now: Date(), data: DashboardData.read(services.catalog.connections(visibleTo: user), for: user, services)
        )
        .html
    }

    private func connection(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await services.connection(parameters, user)
        return try await ConnectionPage(
            user: user, now: Date(), connection: connection, data: DashboardData.read([connection], for: user, services),
            activity: services.catalog.activity(connection.id, period: ActivityChart.period, span: ActivityChart.span),
            notifications: services.catalog.notifications(connection.id, limit: 20), usage: services.catalog.usage(connection.id)
        ).html
    }

    private func page(_ make: @escaping @Sendable (Request, Parameters, User) async throws -> HTML) -> Route.Handler {
        { request, parameters, user in try await .page(make(request, parameters, user)) }
    }

    private static func back(to connection: Connection) -> Response {
        .redirect(to: "/connections/\(connection.id.uuidString.lowercased())")
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
