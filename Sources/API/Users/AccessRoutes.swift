import Accounts
import Catalog
import Foundation
import Hummingbird
import WebServer

/// Who has which role, on one connection and on all of an app's. Only roles are given here: users are added by those who keep the
/// installation, so that an app's admin learns of nobody whom he does not know.
struct AccessRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/access", [.get(.operator, list)])
        table.add("/api/v3/connections/:connection/access/:user", [.put(.admin, grant), .delete(.admin, revoke)])
        table.add("/api/v3/apps/:app/access/:user", [.put(.admin, grantApp), .delete(.admin, revokeApp)])
    }

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await AccountDocument.list(
            services.catalog.access(to: services.connection(parameters, user)).map(AccountDocument.grant))
    }

    private func grant(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let role = try await role(request)
        let account = try await account(parameters)
        let former = try await services.catalog.setAccess(of: account.id, connection: connection.id, role: role)
        try await audit(connection.id, user, "access.grant", account, former, role)
        return try await .json(current(account, on: connection))
    }

    private func revoke(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let account = try await account(parameters)
        guard let former = try await services.catalog.removeAccess(of: account.id, connection: connection.id) else {
            throw APIError.notFound("\(account.user.email) has no role of his own on this connection")
        }
        try await audit(connection.id, user, "access.revoke", account, former, nil)
        return Response(status: .noContent)
    }

    private func grantApp(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let app = parameters.get("app") ?? ""
        let role = try await role(request)
        let account = try await account(parameters)
        let former = try await services.catalog.setAccess(of: account.id, app: app, role: role)
        try await audit(nil, user, "access.grant", account, former, role, app: app)
        return .json([
            "user": ["id": .string(account.id.uuidString.lowercased()), "email": .string(account.user.email)],
            "role": .string(role.rawValue),
        ])
    }

    private func revokeApp(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let app = parameters.get("app") ?? ""
        let account = try await account(parameters)
        guard let former = try await services.catalog.removeAccess(of: account.id, app: app) else {
            throw APIError.notFound("\(account.user.email) has no role on the app \(app)")
        }
        try await audit(nil, user, "access.revoke", account, former, nil, app: app)
        return Response(status: .noContent)
    }

    private func role(_ request: Request) async throws -> Role {
        try await Role(named: RequestFields(request.jsonObject()).required("role", "viewer, operator or admin"))
    }

    private func account(_ parameters: Parameters) async throws -> Account {
        try await services.catalog.account(named: parameters.get("user") ?? "")
    }

    private func current(_ account: Account, on connection: Connection) async throws -> JSONValue {
        let grants = try await services.catalog.access(to: connection)
        return grants.first { $0.userID == account.id }.map(AccountDocument.grant) ?? .null
    }

    private func audit(
        _ connection: UUID?, _ user: User, _ action: String, _ account: Account, _ former: Role?, _ role: Role?, app: String? = nil
    ) async throws {
        try await services.catalog.audit(
            connection, actor: user.email, action: action,
            details: .change(
                before: ["role": .optional(former?.rawValue)], after: ["role": .optional(role?.rawValue)],
                ["user": .string(account.user.email), "app": .optional(app)]))
    }
}
