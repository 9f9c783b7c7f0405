import Catalog
import Foundation
import Hummingbird
import Secrets

/// A person's session: the API token, sealed, in a cookie that scripts cannot read and other sites cannot use to act.
struct SessionCookie {
    static let name = "sluice_session"
    private static let context = "dashboard.session"
    private static let lifetime = 30 * 86_400
    let services: APIServices

    func make(token: String, request: Request) throws -> Cookie {
        cookie(try services.sealingKey.seal(Array(token.utf8), context: Self.context), lifetime: Self.lifetime, request: request)
    }

    func clearing(_ request: Request) -> Cookie { cookie("", lifetime: 0, request: request) }

    /// The user of the session that the request carries; nil when there is none, or none that is valid any more.
    func user(_ request: Request) async throws -> User? {
        guard let sealed = request.cookies[Self.name]?.value, !sealed.isEmpty,
            let token = try? services.sealingKey.open(sealed, context: Self.context)
        else { return nil }
        return try await services.catalog.user(token: String(decoding: token, as: UTF8.self))
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
