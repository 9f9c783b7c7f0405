import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import Outlets
import WebServer

/// `/api/v3/connections/:connection/outlets`: where a connection tells what happens to it: webhooks, mailboxes and log drains.
struct OutletRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        let path = "/api/v3/connections/:connection/outlets"
        table.add(path, [.get(.viewer, list), .post(.admin, make)])
        table.add("\(path)/:outlet", [.get(.viewer, detail), .patch(.admin, change), .delete(.admin, delete)])
        table.add("\(path)/:outlet/deliveries", [.get(.viewer, deliveries)])
        table.add("\(path)/:outlet/actions/test", [.post(.operator, test)])
    }

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let outlets = try await services.catalog.outlets(services.connection(parameters, user).id)
        return .json(["count": .integer(outlets.count), "results": .array(outlets.map { OutletDocument(outlet: $0).value })])
    }

    /// Makes an outlet. The key that a webhook's requests are signed with is in this answer and never again.
    private func make(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let body = OutletBody(try await request.jsonObject() ?? [:])
        let kind = try body.kind()
        let address = try body.address()
        let parsed = try OutletAddress(address, kind: kind, policy: services.configuration.outlets.addresses)
        if kind == .email, services.configuration.outlets.mail == nil {
            throw APIError.conflict("no mail can be sent: an operator has to set SLUICE_SMTP_URL and SLUICE_MAIL_FROM")
        }
        let new = NewOutlet(
            kind: kind, address: address, target: parsed.target,
            events: try body.events(of: kind) ?? (kind == .drain ? [] : [.notification]),
            level: try body.level(of: kind) ?? .info)
        let (outlet, secret) = try await services.catalog.makeOutlet(new, of: connection.id, by: user.email, key: services.sealingKey)
        try await audit("create", outlet, user, ["events": .array(outlet.events.map { .string($0.rawValue) })])
        var response = Response.json(OutletDocument(outlet: outlet, secret: secret).value, status: .created)
        response.headers[.location] =
            "/api/v3/connections/\(connection.id.uuidString.lowercased())/outlets/\(outlet.id.uuidString.lowercased())"
        return response
    }

    private func detail(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        .json(OutletDocument(outlet: try await outlet(parameters, user)).value)
    }

    private func change(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let outlet = try await outlet(parameters, user)
        let body = OutletBody(try await request.jsonObject() ?? [:])
        try await services.catalog.changeOutlet(
            outlet.id, isEnabled: body.enabled(), events: body.events(of: outlet.kind), level: body.level(of: outlet.kind))
        guard let changed = try await services.catalog.outlet(outlet.id) else {
            throw APIError.notFound("the outlet was deleted meanwhile")
        }
        try await audit(
            "change", changed, user,
            ["before": Self.settings(outlet), "after": Self.settings(changed)])
        return .json(OutletDocument(outlet: changed).value)
    }

    private func delete(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let outlet = try await outlet(parameters, user)
        try await services.catalog.deleteOutlet(outlet.id)
        try await audit("delete", outlet, user, ["waiting": .integer(outlet.waiting)])
        return Response(status: .noContent)
    }

    private func deliveries(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let outlet = try await outlet(parameters, user)
        let page = try await services.catalog.deliveries(outlet.id, before: request.cursor("before"), limit: request.pageLimit())
        return .json([
            "count": .integer(page.deliveries.count), "next": request.nextPage("before", page.next.map(String.init)),
            "results": .array(
                page.deliveries.map {
                    [
                        "id": .integer($0.id), "type": .string($0.type), "created_at": .string(Timestamp.iso($0.createdAt)),
                        "delivered_at": .optional(Timestamp.iso($0.deliveredAt)), "attempts": .integer($0.attempts),
                        "last_error": .optional($0.lastError), "data": (try? JSONValue(parsing: $0.payload)) ?? .null,
                    ]
                }),
        ])
    }

    private func test(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let outlet = try await outlet(parameters, user)
        guard outlet.isEnabled else { throw APIError.conflict("the outlet is switched off") }
        let job = try await services.catalog.testOutlet(outlet, by: user.email)
        try await audit("test", outlet, user, [:])
        return .accepted(job: job)
    }

    private func outlet(_ parameters: Parameters, _ user: User) async throws -> Outlet {
        let connection = try await services.connection(parameters, user)
        let text = parameters.get("outlet") ?? ""
        guard let id = UUID(uuidString: text), let outlet = try await services.catalog.outlet(id), outlet.connectionID == connection.id
        else {
            throw APIError.notFound("the connection has no outlet \(text)")
        }
        return outlet
    }

    private func audit(_ action: String, _ outlet: Outlet, _ user: User, _ details: JSONValue) async throws {
        let about: [JSONValue.Member] = [
            .init("outlet", .string(outlet.id.uuidString.lowercased())), .init("kind", .string(outlet.kind.rawValue)),
            .init("address", .string(outlet.target)),
        ]
        try await services.catalog.audit(
            outlet.connectionID, actor: user.email, action: "outlet.\(action)", details: .object(about + (details.members ?? [])))
    }

    private static func settings(_ outlet: Outlet) -> JSONValue {
        [
            "enabled": .bool(outlet.isEnabled), "events": .array(outlet.events.map { .string($0.rawValue) }),
            "level": .string(outlet.level.rawValue),
        ]
    }
}

/// What a request says of an outlet.
private struct OutletBody {
    private let value: JSONValue

    init(_ value: JSONValue) {
        self.value = value
    }

    func kind() throws -> OutletKind {
        guard let kind = value["kind"]?.string.flatMap(OutletKind.init(rawValue:)) else {
            throw invalid("kind", "one of \(OutletKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return kind
    }

    func address() throws -> String {
        guard let address = value["address"]?.string else { throw invalid("address", "a string") }
        return address
    }

    func enabled() throws -> Bool? {
        guard let found = value["enabled"], found != .null else { return nil }
        guard let enabled = found.boolean else { throw invalid("enabled", "true or false") }
        return enabled
    }

    func events(of kind: OutletKind) throws -> [OutletEvent]? {
        guard let found = value["events"], found != .null else { return nil }
        guard kind != .drain else { throw invalid("events", "nothing: a drain is told of the log, by level") }
        let known = "a list of one or more of \(OutletEvent.allCases.map(\.rawValue).joined(separator: ", "))"
        guard let elements = found.elements, !elements.isEmpty else { throw invalid("events", known) }
        let events = try elements.map { element in
            guard let event = element.string.flatMap(OutletEvent.init(rawValue:)) else { throw invalid("events", known) }
            return event
        }
        return OutletEvent.allCases.filter(events.contains)
    }

    func level(of kind: OutletKind) throws -> EventLevel? {
        guard let found = value["level"], found != .null else { return nil }
        guard kind == .drain else { throw invalid("level", "nothing: only a drain is told by level") }
        guard let level = found.string.flatMap(EventLevel.init(rawValue:)) else {
            throw invalid("level", "one of \(EventLevel.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return level
    }

    private func invalid(_ name: String, _ expected: String) -> APIError { .badRequest("\(name): expected \(expected)") }
}
