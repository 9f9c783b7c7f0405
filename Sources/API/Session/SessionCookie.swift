import Accounts
import Catalog
import Foundation
import Hummingbird
import Secrets
import WebServer

/// A person's session, in a cookie that scripts cannot read and other sites cannot use to act: what proves the session and the date of its
/// end, sealed. The control database knows the session as well, so that a logout or a revoked token ends it in every process at once.
struct SessionCookie {
    static let name = "sluice_session"
    /// How long a session lasts at the most, whatever the browser keeps.
    static let lifetime = Duration.seconds(7 * 86_400)
    private static let context = "dashboard.session:2"
    let services: APIServices

    func make(_ session: NewSession, request: Request) throws -> Cookie {
        let text = "\(Int64(session.expiresAt.timeIntervalSince1970)).\(session.secret)"
        let value = try services.sealingKey.seal(Array(text.utf8), context: Self.context)
        return cookie(value, lifetime: Int(Self.lifetime.components.seconds), request: request)
    }

    func clearing(_ request: Request) -> Cookie { cookie("", lifetime: 0, request: request) }

    /// Ends the session that the request carries, if any, in all processes.
    func end(_ request: Request) async throws {
        guard let secret = secret(request) else { return }
        try await services.catalog.endSession(secret)
    }

    /// The hash of the session that the request carries, whether it still holds or not; nil when there is none.
    func hash(_ request: Request) throws -> String? { try secret(request).map { try TokenHash(of: $0).hex } }

    /// The same of the session that the request acts by; nil when it acts by an API token.
    func hash(acting request: Request) throws -> String? { request.headers[.authorization] == nil ? try hash(request) : nil }

    /// What proves the session that the request carries; nil when there is none whose seal opens and whose date is to come.
    func secret(_ request: Request) -> String? {
        guard let sealed = request.cookies[Self.name]?.value, !sealed.isEmpty,
            let opened = try? services.sealingKey.open(sealed, context: Self.context)
        else { return nil }
        let parts = String(decoding: opened, as: UTF8.self).split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let end = Int64(parts[0]), services.configuration.now().timeIntervalSince1970 < Double(end) else {
            return nil
        }
        return String(parts[1])
    }

    /// Refuses a form that another site sent, where the browser tells. `SameSite=Lax` keeps the cookie back in any case.
    func checkOrigin(_ request: Request) throws {
        let site = request.headers[.secFetchSite]
        let origin = request.headers[.origin]
        let isOwnSite = site == nil || site == "same-origin" || site == "none"
        // Behind a proxy the browser's address for us is the public one.
        let own = [request.head.authority?.lowercased(), services.configuration.publicURL.flatMap { URL(string: $0) }.map(Self.authority)]
        let isOwnOrigin = origin == nil || origin.flatMap { URL(string: $0) }.map(Self.authority).map { own.contains($0) } == true
        guard isOwnSite, isOwnOrigin else {
            throw APIError(status: .forbidden, code: "forbidden", message: "the form came from another site")
        }
    }

    /// Refuses what a browser does not say to come from a page of ours: for what acts by the cookie alone. Browsers name the origin of
    /// everything but reading.
    func requireOwnOrigin(_ request: Request) throws {
        guard request.headers[.secFetchSite] != nil || request.headers[.origin] != nil else {
            throw APIError.forbidden("a session acts only for this server's own pages: expected the header Origin or an API token")
        }
        try checkOrigin(request)
    }

    private static func authority(_ url: URL) -> String {
        let host = url.host(percentEncoded: false)?.lowercased() ?? ""
        return url.port.map { "\(host):\($0)" } ?? host
    }

    private func cookie(_ value: String, lifetime: Int, request: Request) -> Cookie {
        Cookie(
            name: Self.name, value: value, maxAge: lifetime, path: "/", secure: services.baseURL(request).hasPrefix("https:"),
            httpOnly: true,
            sameSite: .lax)
    }
}
