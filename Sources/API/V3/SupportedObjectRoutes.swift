import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import WebServer

/// `/api/v3/connections/:connection/supported-objects`: what of the org can be mapped, and why the rest cannot.
struct SupportedObjectRoutes: RouteGroup {
    let services: APIServices

    /// What was read longer ago is read again.
    private static let freshness = 3600.0

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/supported-objects", [.get(.viewer, list)])
    }

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let supported = try request.choice("supported")
        let mustRead = try request.choice("refresh") ?? false
        let (search, after, limit) = (
            request.parameter("search")?.lowercased(), request.parameter("after"), try request.pageLimit(default: 1000)
        )
        let (known, missing) = try await objects(connection, mustRead: mustRead)
        let mapped = Set(try await services.catalog.mappings(connection.id).map { $0.objectName.lowercased() })
        let meant = known.objects.filter { object in
            guard let name = object["name"]?.string else { return false }
            if let supported, object["supported"]?.boolean != supported { return false }
            if let after, name <= after { return false }
            guard let search else { return true }
            return name.lowercased().contains(search) || object["label"]?.string?.lowercased().contains(search) == true
        }
        let page = meant.prefix(limit)
        return .json([
            "count": .integer(page.count), "next": request.nextPage("after", meant.count > limit ? page.last?["name"]?.string : nil),
            "read_at": .string(Timestamp.iso(known.readAt)), "stale_because": .optional(missing),
            "results": .array(
                page.map { object in
                    let isMapped = object["name"]?.string.map { mapped.contains($0.lowercased()) } ?? false
                    return .object((object.members ?? []) + [.init("mapped", .bool(isMapped))])
                }),
        ])
    }

    /// What the org listed within the last hour; else it is asked, and when it does not answer, what it said before is told with the reason.
    private func objects(_ connection: Connection, mustRead: Bool) async throws -> (OrgObjects, missing: String?) {
        let known = try await services.catalog.objects(of: connection)
        if let known, !mustRead, known.age < Self.freshness { return (known, nil) }
        var reason = "the connection is \(connection.state.rawValue)"
        if connection.state.allowsSync {
            switch try await services.answer(to: .listObjects(connection.id)) {
            case .answer:
                if let read = try await services.catalog.objects(of: connection) { return (read, nil) }
                reason = "the connection changed meanwhile"
            case .none(let why): reason = why
            }
        }
        guard let known else {
            throw connection.unasked("Salesforce was not asked for its objects: \(reason)")
        }
        return (known, reason)
    }
}

extension SupportedObjectRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/supported-objects", "Lists the org's objects, whether they can be mapped, and why not.",
            detail: "What the org listed within the last hour, else it is asked; `stale_because` says why it could not be.",
            query: [
                .init("search", .string, "Only objects whose name or label holds this."),
                .init("supported", .oneOf("true", "false"), "Only those that can be mapped, or only those that cannot."),
                .init("refresh", .oneOf("true", "false"), "Whether the org is asked in any case."),
                .init("after", .string, "Only objects after this name: where the last page ended."),
                .init("limit", .integer(1...1000), "At most so many; 1000 unless told."),
            ],
            answers: [
                .json(
                    .ok,
                    .page(
                        of: .object([
                            "name": .string, "label": .string, "custom": .boolean, "supported": .boolean, "reason": .string.nullable,
                            "limits": .array(of: .string), "writable": .boolean, "mapped": .boolean,
                        ]), ["read_at": .time, "stale_because": .string.nullable])),
                .error(.conflict, "The org was never asked, and the connection's state does not allow it."),
            ])
    ]
}
