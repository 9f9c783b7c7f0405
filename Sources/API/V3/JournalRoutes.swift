import Catalog
import Hummingbird
import LoggedChanges
import Logging
import Postgres
import SyncJournal
import WebServer

/// Write errors and notifications: what went wrong and wants somebody.
struct JournalRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/errors", [.get(.viewer, connectionErrors)])
        table.add("/api/v3/mappings/:mapping/errors", [.get(.viewer, mappingErrors)])
        table.add("/api/v3/connections/:connection/notifications", [.get(.viewer, notifications)])
        table.add("/api/v3/connections/:connection/notifications/acknowledge", [.post(.operator, acknowledge)])
    }

    private func connectionErrors(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await .json(errors(services.connection(parameters, user), table: nil))
    }

    private func mappingErrors(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        return try await .json(errors(connection, table: mapping.tableName))
    }

    private func errors(_ connection: Connection, table: String?) async throws -> JSONValue {
        let errors = try await services.writeErrors(connection, table: table)
        return [
            "count": .integer(errors.count),
            "results": .array(
                errors.map { error in
                    [
                        "id": .integer(error.id), "table_name": .string(error.tableName),
                        "record_id": error.recordID.map { .integer($0) } ?? .null,
                        "message": .string(error.message), "created_at": .string(Timestamp.iso(error.createdAt)),
                    ]
                }),
        ]
    }

    private func notifications(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let limit = try request.number("page_size", default: 1000, in: 1...10_000)
        let filter = try filter(request)
        let cursor = try number("cursor", in: request)
        // One more than is shown tells whether there is another page.
        let found = try await services.catalog.notifications(connection.id, filter, after: cursor, limit: limit + 1)
        let open = found.prefix(limit)
        let next = found.count > limit ? open.last.map { services.pageURL(request, cursor: String($0.id)) } : nil
        return .json([
            "count": .integer(try await services.catalog.notificationCount(connection.id, filter)), "next": .optional(next),
            "previous": nil,
            "results": .array(
                open.map {
                    [
                        "id": .string(String($0.id)), "event_type": .string($0.eventType), "message": .string($0.message),
                        "created_at": .string(Timestamp.iso($0.createdAt)),
                    ]
                }),
        ])
    }

    private func acknowledge(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        var filter = try filter(request)
        filter.id = try number("id", in: request)
        let count = try await services.catalog.acknowledgeNotifications(connection.id, filter)
        try await services.catalog.audit(
            connection.id, actor: user.email, action: "notifications.acknowledge", details: ["count": .integer(count)])
        return Response(status: .noContent)
    }

    private func number(_ name: String, in request: Request) throws -> Int64? {
        guard let text = request.parameter(name) else { return nil }
        guard let id = Int64(text), id > 0 else {
            throw APIError.badRequest("\(name): expected a notification's number, found \"\(text.prefix(40))\"")
        }
        return id
    }

    private func filter(_ request: Request) throws -> NotificationFilter {
        try NotificationFilter(before: request.date("before"), after: request.date("after"), eventType: request.parameter("event_type"))
    }
}

extension APIServices {
    /// The failed writes of the last 24 hours, newest first, from the target's trigger log and its archive.
    func writeErrors(_ connection: Connection, table: String?, limit: Int = 1000) async throws -> [FailedChange] {
        try await reading(connection) { log, session in try log.failures(table: table, limit: limit, in: session) } ?? []
    }
}
