import Accounts
import Catalog
import Foundation
import Hummingbird
import Secrets
import WebServer

/// What a request shows to say who sends it.
enum Credential: Sendable {
    case token(String)
    case session(String)

    /// What names it in the audit trail.
    func name() throws -> String {
        switch self {
        case .token(let token): "token \(try APIToken.id(of: token))"
        case .session(let secret): "session \(try APIToken.id(of: secret))"
        }
    }

    /// An API token, or without any the session of the browser.
    ///
    /// - Throws: `APIError` when there is neither.
    init(_ request: Request, _ cookie: SessionCookie) throws {
        guard let header = request.headers[.authorization] else {
            guard let secret = cookie.secret(request) else {
                throw APIError.unauthorized("expected the header Authorization: Bearer <API token>")
            }
            self = .session(secret)
            return
        }
        let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw APIError.unauthorized("expected the header Authorization: Bearer <API token>")
        }
        self = .token(parts[1].trimmingCharacters(in: .whitespaces))
    }
}
