import Accounts
import Catalog
import Foundation
import Hummingbird
import WebServer

/// What everybody may see and change of himself: roles, password, tokens, sessions.
struct OwnAccountRoutes: RouteGroup {
    let services: APIServices

    private var changes: CredentialChanges { CredentialChanges(services: services) }

    func add(to table: RouteTable) {
        let path = "/api/v3/users/me"
        table.add(path, [.get(.signedIn, detail)])
        table.add("\(path)/password", [.put(.signedIn, setPassword), .delete(.signedIn, removePassword)])
        table.add("\(path)/tokens", [.get(.signedIn, tokens), .post(.signedIn, createToken)])
        table.add("\(path)/tokens/:token", [.delete(.signedIn, revokeToken)])
        table.add("\(path)/sessions", [.get(.signedIn, sessions), .delete(.signedIn, endSessions)])
        table.add("\(path)/sessions/:session", [.delete(.signedIn, endSession)])
    }

    private func detail(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let account = try await services.catalog.account(named: user.id.uuidString)
        var members = AccountDocument.account(account).members ?? []
        members.append(.init("limited_to", .optional(user.ceiling?.rawValue)))
        return .json(.object(members))
    }

    private func setPassword(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let account = try await whole(user)
        let fields = RequestFields(try await request.jsonObject())
        try await prove(account, fields, request)
        try await changes.setPassword(
            of: account, fields.required("password", "the new password"), keeping: cookie.hash(acting: request), by: user)
        return Response(status: .noContent)
    }

    private func removePassword(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let account = try await whole(user)
        try await prove(account, RequestFields(try await request.jsonObject()), request)
        try await changes.setPassword(of: account, nil, keeping: nil, by: user)
        return Response(status: .noContent)
    }

    private func tokens(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.tokens(of: whole(user))
    }

    private func createToken(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.createToken(of: whole(user), request, by: user)
    }

    private func revokeToken(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.revokeToken(of: whole(user), id: parameters.get("token") ?? "", by: user)
    }

    private func sessions(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.sessions(of: whole(user), current: cookie.hash(acting: request))
    }

    private func endSessions(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.endSessions(of: whole(user), id: nil, keeping: cookie.hash(acting: request), by: user)
    }

    private func endSession(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.endSessions(of: whole(user), id: parameters.get("session"), keeping: nil, by: user)
    }

    private var cookie: SessionCookie { SessionCookie(services: services) }

    /// The account of whoever came with all that he may: a token that is limited must not make itself one that is not.
    private func whole(_ user: User) async throws -> Account {
        guard user.ceiling == nil else {
            throw APIError.forbidden("this token is limited to the role \(user.ceiling?.rawValue ?? ""): credentials are not for it")
        }
        return try await services.catalog.account(named: user.id.uuidString)
    }

    /// Whoever finds somebody else's browser open does not take his account: the password that there is has to be shown.
    private func prove(_ account: Account, _ fields: RequestFields, _ request: Request) async throws {
        // What is no text is refused also where there is nothing to show.
        _ = try fields.text("current_password")
        guard account.passwordSetAt != nil else { return }
        let current = try fields.required("current_password", "the password that there is")
        let failures = SignInFailures(services: services, request: request, account: account.user.email)
        try failures.take()
        guard try await services.catalog.isPassword(current, of: account.id) else {
            throw APIError.forbidden("current_password: this is not the password")
        }
        failures.giveBack()
    }
}
