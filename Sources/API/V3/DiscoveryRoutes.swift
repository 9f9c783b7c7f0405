import Catalog
import Foundation
import Hummingbird
import WebServer

/// The discovery service, which tells clients where an app's connections live: at the root, as on Heroku's host of its own, and under
/// `/api/v3`, for clients whose base address ends there. There the list of connections is the regional one, which tells both.
struct DiscoveryRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/connections", [.get(.signedIn, list)])
        for path in ["/auth/:app", "/api/v3/auth/:app", "/api/v3/users/me/apps/:app/auth"] {
            table.add(path, [.post(.signedIn, link).reading])
        }
    }

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let wanted = try await services.versions(request, user)
        let (base, region) = (services.baseURL(request), services.configuration.region)
        let documents = try await services.fragments.documents(wanted, as: .discovered, base: base) { missing in
            let connections = try await services.catalog.connections(ids: missing.map(\.id))
            return Dictionary(
                uniqueKeysWithValues: connections.map { ($0.id, Array(DiscoveryDocument.item($0, base: base, region: region).text.utf8)) })
        }
        let page: [JSONValue.Member] = [.init("next", nil), .init("previous", nil), .init("count", .integer(documents.count))]
        return .json(
            results: documents, after: DiscoveryDocument.places(base: base, region: region, isEmpty: documents.isEmpty) + page)
    }

    /// Heroku links the caller to the app's add-ons here. Access is granted by the administrator (`sluice user add`), so this tells
    /// the caller all there is to reach and changes nothing.
    private func link(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connections = try await services.catalog.connections(visibleTo: user)
        let base = services.baseURL(request)
        let document: [JSONValue.Member] = [
            .init("user", ["id": .string(user.id.uuidString.lowercased()), "email": .string(user.email)]),
            .init("connections", .array(connections.map { DiscoveryDocument.item($0, base: base, region: services.configuration.region) })),
        ]
        return .json(
            .object(document + DiscoveryDocument.places(base: base, region: services.configuration.region, isEmpty: connections.isEmpty)))
    }
}

/// The shapes of discovery's answers.
enum DiscoveryDocument {
    static func item(_ connection: Connection, base: String, region: Region) -> JSONValue {
        .object(members(connection, base: base, region: region))
    }

    static func members(_ connection: Connection, base: String, region: Region) -> [JSONValue.Member] {
        let id = connection.id.uuidString.lowercased()
        return [
            .init("id", .string(id)),
            .init("resource_name", .string(connection.resourceName)),
            .init("display_name", .string(connection.name)),
            .init("addon_type", "Sync"),
            .init("app_name", .string(connection.appName)),
            .init("app_id", .string(connection.appID.uuidString.lowercased())),
            .init("region", .string(region.name)),
            .init("region_url", .string(base)),
            .init("region_flag", .string(region.flag)),
            .init("region_label", .string(region.label)),
            .init("cell", "sluice"),
            .init("cell_label", "Sluice"),
            .init("detail_url", .string("\(base)/api/v3/connections/\(id)")),
        ]
    }

    /// Regions and cells: here there is one of each.
    static func places(base: String, region: Region, isEmpty: Bool) -> [JSONValue.Member] {
        guard !isEmpty else { return [.init("regions", [:]), .init("cells", [:])] }
        return [
            .init("regions", .object([.init(region.name, ["flag": .string(region.flag), "label": .string(region.label)])])),
            .init("cells", ["sluice": ["url": .string(base), "flag": .string(region.flag), "label": "Sluice"]]),
        ]
    }
}

extension APIServices {
    /// The states of the user's connections that the query asks for by app and resource name.
    func versions(_ request: Request, _ user: User) async throws -> [ConnectionVersion] {
        // 2 is Heroku's other product; there are none of those here.
        if request.parameter("addon_type") == "2" { return [] }
        return try await catalog.connectionVersions(
            visibleTo: user, app: request.parameter("app"), resource: request.parameter("resource_name"))
    }
}
