import Accounts
import Catalog
import HTTPTypes
import Hummingbird
import Logging
import WebServer

/// `/login` and `/logout`: a browser's session begins and ends.
struct SessionRoutes: RouteGroup {
    let services: APIServices

    private var session: SessionCookie { SessionCookie(services: services) }

    func add(to table: RouteTable) {
        table.add("/login", [.open(.get) { _, _ in .page(LoginPage(message: nil).html) }, .open(.post, logIn)])
        table.add("/logout", [.open(.post, logOut)])
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
}
