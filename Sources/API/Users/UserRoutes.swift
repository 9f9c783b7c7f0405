import Accounts
import Catalog
import Foundation
import Hummingbird
import WebServer

/// Users, for those who keep the installation.
struct UserRoutes: RouteGroup {
    let services: APIServices

    private var changes: CredentialChanges { CredentialChanges(services: services) }

    func add(to table: RouteTable) {
        table.add("/api/v3/users", [.get(.administrator, list), .post(.administrator, create)])
        let path = "/api/v3/users/:user"
        table.add(path, [.get(.administrator, detail), .patch(.administrator, change), .delete(.administrator, remove)])
        table.add("\(path)/tokens", [.get(.administrator, tokens), .post(.administrator, createToken)])
        table.add("\(path)/tokens/:token", [.delete(.administrator, revokeToken)])
        table.add("\(path)/sessions", [.get(.administrator, sessions), .delete(.administrator, endSessions)])
        table.add("\(path)/sessions/:session", [.delete(.administrator, endSession)])
    }

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let limit = try request.number("limit", default: 1000, in: 1...10_000)
        return try await AccountDocument.list(
            services.catalog.accounts(after: request.parameter("after") ?? "", limit: limit).map(AccountDocument.account))
    }

    /// Body: `email`, `password`, `administrator`; with `app` and `role` a role on an app too.
    private func create(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let fields = RequestFields(try await request.jsonObject())
        let email = try fields.required("email", "an address such as name@example.com")
        let (app, role) = (try fields.text("app"), try fields.text("role").map(Role.init(named:)))
        if role != nil, app == nil { throw APIError.badRequest("app: expected the app that the role is for") }
        let account = try await services.catalog.createAccount(
            email: email, password: fields.text("password"), isAdministrator: fields.flag("administrator") ?? false,
            role: app.map { ($0, role ?? .viewer) })
        try await services.catalog.audit(
            nil, actor: user.email, action: "user.create", details: .change(before: nil, after: .object(AccountDocument.user(account.user)))
        )
        return .json(AccountDocument.account(account), status: .created)
    }

    private func detail(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await .json(AccountDocument.account(account(parameters)))
    }

    /// Body: `administrator`, `password` (null takes it away).
    private func change(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let before = try await account(parameters)
        let body = try await request.jsonObject()
        let fields = RequestFields(body)
        let (password, administrator) = (try fields.text("password"), try fields.flag("administrator"))
        // What one of them is refused for leaves the other as it is.
        try password.map(CatalogStore.check(password:))
        if let administrator, administrator != before.user.isAdministrator {
            try await services.catalog.setAdministrator(email: before.user.email, administrator)
            try await services.catalog.audit(
                nil, actor: user.email, action: "user.change",
                details: .change(
                    before: ["administrator": .bool(!administrator)], after: ["administrator": .bool(administrator)],
                    ["user": .string(before.user.email)]))
        }
        if password != nil || body?["password"] == .null {
            try await changes.setPassword(of: before, password, keeping: nil, by: user)
        }
        return try await .json(AccountDocument.account(account(parameters)))
    }

    private func remove(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let account = try await account(parameters)
        try await services.catalog.removeAccount(account)
        try await services.catalog.audit(
            nil, actor: user.email, action: "user.remove", details: .change(before: .object(AccountDocument.user(account.user)), after: nil)
        )
        return Response(status: .noContent)
    }

    private func tokens(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.tokens(of: account(parameters))
    }

    private func createToken(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.createToken(of: account(parameters), request, by: user)
    }

    private func revokeToken(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.revokeToken(of: account(parameters), id: parameters.get("token") ?? "", by: user)
    }

    private func sessions(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.sessions(of: account(parameters), current: nil)
    }

    private func endSessions(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.endSessions(of: account(parameters), id: nil, keeping: nil, by: user)
    }

    private func endSession(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await changes.endSessions(of: account(parameters), id: parameters.get("session"), keeping: nil, by: user)
    }

    private func account(_ parameters: Parameters) async throws -> Account {
        try await services.catalog.account(named: parameters.get("user") ?? "")
    }
}
