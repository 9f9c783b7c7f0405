import Catalog
import Hummingbird
import WebServer

/// Which environment variables' databases an app may use: kept by administrators, since one variable may hold another app's database.
struct AppDatabaseRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/apps/:app/databases", [.get(.administrator, list)])
        table.add("/api/v3/apps/:app/databases/:key", [.put(.administrator, allow), .delete(.administrator, deny)])
    }

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await AccountDocument.list(services.catalog.databases(app: parameters.get("app") ?? "").map(document))
    }

    private func allow(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (app, key) = (parameters.get("app") ?? "", parameters.get("key") ?? "")
        if let value = services.configuration.environment[key], !ConnectionAddress.isDatabaseURL(value) {
            throw APIError.badRequest("key: expected a variable that holds a Postgres URL; here \(key.prefix(200)) holds something else")
        }
        let isNew = try await services.catalog.allowDatabase(app: app, key: key)
        try await audit("app.allow", app, key, from: !isNew, to: true, user)
        return Response(status: .noContent)
    }

    private func deny(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (app, key) = (parameters.get("app") ?? "", parameters.get("key") ?? "")
        guard try await services.catalog.denyDatabase(app: app, key: key) else {
            throw APIError.notFound("the app \(app) was not allowed to use \(key)")
        }
        try await audit("app.deny", app, key, from: true, to: false, user)
        return Response(status: .noContent)
    }

    private func audit(_ action: String, _ app: String, _ key: String, from: Bool, to: Bool, _ user: User) async throws {
        try await services.catalog.audit(
            nil, actor: user.email, action: action,
            details: .change(
                before: ["allowed": .bool(from)], after: ["allowed": .bool(to)], ["app": .string(app), "db_key": .string(key)]))
    }

    private func document(_ database: AppDatabase) -> JSONValue {
        [
            "db_key": .string(database.dbKey), "allowed_at": .string(Timestamp.iso(database.allowedAt)),
            "connections": .array(database.connections.map { .string($0) }),
        ]
    }
}
