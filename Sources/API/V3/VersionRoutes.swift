import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import Postgres
import WebServer

/// `schema-diff` and `actions/change-sf-api-version`: what another API version changes, and the change itself.
struct VersionRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/schema-diff", [.get(.viewer, diff)])
        table.add("/api/v3/connections/:connection/actions/change-sf-api-version", [.post(.admin, change)])
    }

    private func diff(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let target = try Self.version(request.parameter("target_version"))
        return .json(.object(try await compare(connection, target, user)))
    }

    /// The rules are Heroku Connect's: paused, nothing loading, and nothing unsafe among the differences. The configuration stays as it is; tables
    /// whose texts have grown are widened by the load that follows.
    private func change(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let body = try await request.jsonObject() ?? [:]
        if let value = body["target_version"], value != .null, value.string == nil {
            throw APIError.badRequest("target_version: expected a string such as \"61.0\", found \(value.kind)")
        }
        let target = try Self.version(body["target_version"]?.string)
        try await services.pool.withSession { try CatalogStore.requireChangeOfVersion(connection.id, in: $0) }
        let difference = JSONValue.object(try await compare(connection, target, user))
        let mappings = difference["mappings"]?.elements ?? []
        if let refusal = Self.refusal(mappings) {
            throw APIError(status: .conflict, code: "unsafe_changes", message: refusal, details: difference.members ?? [])
        }
        let changed = Set(mappings.filter { $0["fields_have_changed"] == true }.compactMap { $0["name"]?.string })
        try await services.pool.transaction { session in
            try CatalogStore.changeVersion(
                connection.id, from: connection.apiVersion, to: target, reloading: changed, requestedBy: user.email, in: session)
            try CatalogStore.audit(
                connection.id, actor: user.email, action: "connection.change_sf_api_version",
                details: ["before": .string(connection.apiVersion), "after": .string(target)], in: session)
        }
        return .json(.object((difference.members ?? []) + [.init("target_version", .string(target))]), status: .accepted)
    }

    private static func refusal(_ mappings: [JSONValue]) -> String? {
        if mappings.contains(where: { $0["has_unsafe_changes"] == true }) {
            return "Some mappings have unsafe changes. Edit them and retry."
        }
        if mappings.contains(where: { $0["action_undetermined"] == true }) {
            return "Some mappings could not be compared. Check that the integration user may see their objects and retry."
        }
        return nil
    }

    private func compare(_ connection: Connection, _ target: String, _ user: User) async throws -> [JSONValue.Member] {
        guard connection.credentialsSealed != nil else {
            throw APIError.conflict(
                "the connection is \(connection.state.rawValue): authorize it at Salesforce before its API version is compared")
        }
        let inquiry = try await services.catalog.ask(.schemaDiff, of: connection.id, by: user.email) {
            try .compareVersions(connection.id, target: target, inquiry: $0)
        }
        let answer = try await services.answer(to: inquiry, about: "The versions could not be compared")
        if let refusal = answer["refusal"]?.string { throw APIError.badRequest(refusal) }
        return answer.members ?? []
    }

    /// `61`, `61.0` and the like, as `61.0`.
    static func version(_ text: String?) throws -> String {
        guard let text else { throw APIError.badRequest("target_version: expected an API version such as 61.0, found nothing") }
        guard let match = text.wholeMatch(of: /([0-9]{2,3})(?:\.0+)?/) else {
            throw APIError.badRequest("target_version: expected an API version such as 61.0, found \"\(text.prefix(40))\"")
        }
        return "\(match.output.1).0"
    }
}
