import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import WebServer

/// What everybody has for himself: the way to everything by a few letters, his tokens, sessions and password.
extension DashboardRoutes {
    func addAccount(to table: RouteTable) {
        table.add("/find", [.page(.signedIn, page(find))])
        table.add("/account", [.page(.signedIn, page(account))])
        table.add("/account/tokens", [.form(.signedIn, makeToken)])
        table.add("/account/tokens/revoke", [.form(.signedIn, revokeToken)])
        table.add("/account/sessions/end", [.form(.signedIn, endSessions)])
        table.add("/account/password", [.form(.signedIn, setPassword)])
    }

    static let accountPages: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/find", "Pages, objects and rows by a few letters.", query: [.init("q", .string, "The letters.")], answers: [page]),
        RouteDocumentation(.get, "/account", "One's own tokens, sessions and password.", answers: [page]),
        edit("/account/tokens", "Makes a token."),
        form("/account/tokens/revoke", "Revokes a token."), form("/account/sessions/end", "Ends a session, or all others."),
        edit("/account/password", "Sets the password."),
    ]

    private func find(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let query = String((request.parameter("q") ?? "").prefix(100))
        let connections = try await catalog.connections(visibleTo: user)
        let mappings = try await catalog.mappings(connections: connections.map(\.id))
        var prefixes: [UUID: String] = [:]
        if Destination.isRecordID(query) {
            let versions = Dictionary(connections.map { ($0.id, $0.apiVersion) }, uniquingKeysWith: { first, _ in first })
            for mapping in mappings.prefix(200) {
                guard let version = versions[mapping.connectionID],
                    let known = try await catalog.describe(mapping.connectionID, object: mapping.objectName, apiVersion: version)?.document
                else { continue }
                prefixes[mapping.id] = try JSONValue(parsing: known)["keyPrefix"]?.string
            }
        }
        return FindPage(
            user: user, query: query,
            findings: Destination.find(query, connections: connections, mappings: mappings, prefixes: prefixes)
        ).html
    }

    private func account(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        try await accountPage(request, user).html
    }

    private func accountPage(
        _ request: Request, _ user: User, secret: String? = nil, fault: String? = nil
    ) async throws -> AccountPage {
        func list(_ what: String) async throws -> [JSONValue] {
            try await api.call(.get, "/api/v3/users/me\(what)", for: request, as: user).body.list("results")
        }
        let account = try await api.call(.get, "/api/v3/users/me", for: request, as: user).body
        do {
            return AccountPage(
                user: user, now: Date(), account: account, tokens: try await list("/tokens"), sessions: try await list("/sessions"),
                secret: secret, fault: fault)
        } catch let error as APIError where error.status == .forbidden {
            // Whoever signed in with a limited token sees no credentials.
            return AccountPage(user: user, now: Date(), account: account, tokens: [], sessions: [], fault: error.message)
        }
    }

    private func makeToken(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let form = try await request.form()
        var body: [JSONValue.Member] = [.init("name", .optional(form["name"]))]
        if let role = form["role"] { body.append(.init("role", .string(role))) }
        if let days = form["days"] { body.append(.init("expires_in_days", Int(days).map { .integer($0) } ?? .string(days))) }
        return try await showing(request, user) {
            let made = try await api.call(.post, "/api/v3/users/me/tokens", body: .object(body), for: request, as: user)
            return .page(try await accountPage(request, user, secret: made.body.text("token")).html)
        }
    }

    private func revokeToken(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let id = PageAddress.part(try await request.form().required("id"))
        _ = try await api.call(.delete, "/api/v3/users/me/tokens/\(id)", for: request, as: user)
        return .redirect(to: "/account")
    }

    private func endSessions(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let id = try await request.form()["id"].map { "/\(PageAddress.part($0))" } ?? ""
        _ = try await api.call(.delete, "/api/v3/users/me/sessions\(id)", for: request, as: user)
        return .redirect(to: "/account")
    }

    private func setPassword(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let form = try await request.form()
        var body: [JSONValue.Member] = [.init("password", .string(form["new"] ?? ""))]
        if let current = form["current"] { body.append(.init("current_password", .string(current))) }
        return try await showing(request, user) {
            _ = try await api.call(.put, "/api/v3/users/me/password", body: .object(body), for: request, as: user)
            return .redirect(to: "/account")
        }
    }

    /// A refusal stands on the page that asked.
    private func showing(_ request: Request, _ user: User, _ work: () async throws -> Response) async throws -> Response {
        do {
            return try await work()
        } catch {
            guard let refusal = APIError(error), refusal.status.kind == .clientError else { throw error }
            return .page(try await accountPage(request, user, fault: refusal.message).html, status: .unprocessableContent)
        }
    }
}
