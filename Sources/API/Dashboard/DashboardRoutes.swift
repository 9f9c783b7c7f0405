import Catalog
import Foundation
import Hummingbird
import Logging
import NIOCore

/// The pages for people and the forms that act. `DashboardRoutes+Pages` gathers what each page shows.
struct DashboardRoutes {
    let services: APIServices

    private var session: SessionCookie { SessionCookie(services: services) }

    func add(to table: RouteTable) {
        table.add("/", [.page(.signedIn, page(connections))])
        table.add("/connections/:connection", [.page(.viewer, page(overview))])
        table.add("/connections/:connection/mappings", [.page(.viewer, page(mappings))])
        table.add("/connections/:connection/logs", [.page(.viewer, page(logs))])
        table.add("/connections/:connection/jobs", [.page(.viewer, page(jobs))])
        table.add("/connections/:connection/settings", [.page(.viewer, page(settings))])
        table.add("/mappings/:mapping", [.page(.viewer, page(mapping))])
        table.add("/mappings/:mapping/confirm/reload", [.page(.operator, page(confirmReload))])
        table.add("/mappings/:mapping/confirm/delete", [.page(.admin, page(confirmDelete))])
        table.add("/login", [.open(.get) { _, _ in .page(LoginPage(message: nil).html) }, .open(.post, logIn)])
        table.add("/logout", [.open(.post, logOut)])
        table.add("/styleguide", [.page(.signedIn, page(styleguide))])
        addForms(to: table)
        addEditing(to: table)
        table.add("/assets/dashboard.css", [.open(.get, asset(PackageResources.dashboard_css, type: "text/css; charset=utf-8"))])
        table.add("/assets/dashboard.js", [.open(.get, asset(PackageResources.dashboard_js, type: "text/javascript; charset=utf-8"))])
    }

    private func addForms(to table: RouteTable) {
        for action in ConnectionAction.allCases {
            table.add(
                "/connections/:connection/actions/\(action.rawValue)",
                [
                    .form(.operator) { [services] _, parameters, user in
                        let connection = try await services.connection(parameters, user)
                        try await services.perform(action, on: connection, by: user)
                        return .redirect(to: ConnectionFrame.Tab.settings.path(connection.id))
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
                        return .redirect(to: ConnectionFrame.Tab.mappings.path(connection.id))
                    }
                ])
        }
        table.add(
            "/mappings/:mapping/actions/delete",
            [
                .form(.admin) { [services] _, parameters, user in
                    let (mapping, connection) = try await services.mapping(parameters, user)
                    try await services.delete(mapping, of: connection, by: user)
                    return .redirect(to: ConnectionFrame.Tab.mappings.path(connection.id))
                }
            ])
        table.add(
            "/connections/:connection/notifications/:notification/dismiss",
            [
                .form(.operator) { [services] _, parameters, user in
                    let connection = try await services.connection(parameters, user)
                    guard let id = parameters.get("notification").flatMap(Int64.init),
                        try await services.catalog.acknowledgeNotification(id, of: connection.id)
                    else { throw APIError.notFound("there is no such open notification") }
                    return .redirect(to: ConnectionFrame.path(connection.id))
                }
            ])
    }

    private func page(_ make: @escaping @Sendable (Request, Parameters, User) async throws -> HTML) -> Route.Handler {
        { request, parameters, user in try await .page(make(request, parameters, user)) }
    }

    private func logIn(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try session.checkOrigin(request)
        let form = SignInForm(String(decoding: try await request.bytes(), as: UTF8.self))
        let failures = SignInFailures(services: services, request: request, account: form.account)
        do {
            try failures.take()
        } catch let error as RateLimited {
            var response = Response.page(
                LoginPage(message: "Too many attempts failed. Try again in \(error.seconds) seconds.").html, status: .tooManyRequests)
            response.headers[.retryAfter] = String(error.seconds)
            return response
        }
        let address = services.address(request)
        let origin = SessionOrigin(address: address, agent: request.headers[.userAgent])
        guard let begun = try await form.begin(services.catalog, lifetime: SessionCookie.lifetime, from: origin) else {
            services.logger.notice("A sign-in failed", metadata: ["address": "\(address)"])
            return .page(LoginPage(message: form.refusal).html, status: .unauthorized)
        }
        failures.giveBack()
        // Whoever signs in again gets a new session; what the browser held before is worth nothing any more.
        try await session.end(request)
        try await services.catalog.audit(
            nil, actor: begun.user.email, action: "session.begin",
            details: ["id": .string(try APIToken.id(of: begun.secret)), "by": form.account == nil ? "token" : "password"])
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
