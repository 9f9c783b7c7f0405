import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import LoggedChanges
import Logging
import MappedSchema
import Postgres
import WebServer

/// `/api/v3/connections/:connection/failed-changes`: what could not be written to Salesforce, and what to do about it: one change, some by a filter, a
/// group with one cause, or all, each after a look at how many those are.
struct FailedChangeRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        let path = "/api/v3/connections/:connection/failed-changes"
        table.add(path, [.get(.viewer, list)])
        table.add("\(path)/count", [.get(.viewer, count)])
        table.add("\(path)/groups", [.get(.viewer, groups)])
        for action in ResolveAction.allCases {
            table.add(
                "\(path)/actions/\(action.word)",
                [.post(.operator) { request, parameters, user in try await resolve(action, request, parameters, user) }])
        }
    }

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let selection = try await ChangeSelection.query(request, connection, services)
        let (before, limit) = (try request.cursor("before"), try request.pageLimit())
        let page = try await services.reading(connection) { log, session in
            try log.failedChanges(selection, before: before, limit: limit, in: session)
        }
        return .json([
            "count": .integer(page?.changes.count ?? 0), "next": request.nextPage("before", page?.next.map(String.init)),
            "results": .array((page?.changes ?? []).map { ChangeDocument(change: $0).value }),
        ])
    }

    private func count(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let selection = try await ChangeSelection.query(request, connection, services)
        let count = try await services.reading(connection) { log, session in try log.countFailed(selection, in: session).count } ?? 0
        return .json(["count": .integer(count), "exact": .bool(count < TriggerLog.mostCounted)])
    }

    private func groups(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let selection = try await ChangeSelection.query(request, connection, services)
        let limit = try request.pageLimit()
        let groups =
            try await services.reading(connection) { log, session in try log.failureGroups(selection, limit: limit, in: session) } ?? []
        return .json(["count": .integer(groups.count), "results": .array(groups.map { FailureGroupDocument(group: $0).value })])
    }

    /// Enqueues what was asked for, and tells how many changes that is about. With `expected_count` it is refused when there are more or fewer by now.
    private func resolve(_ action: ResolveAction, _ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let body = try await request.jsonObject() ?? [:]
        var selection = try ChangeSelection.body(body, rowsOnly: false)
        let mapping = try await ChangeSelection.text("mapping", body).asyncMap { name in
            try await services.mapping(named: name, of: connection)
        }
        selection.table = mapping?.tableName
        guard mapping != nil || !action.isAboutRows else {
            throw APIError.badRequest("mapping: expected the mapping whose rows are meant")
        }
        let meant = selection
        let count = try await services.reading(connection) { log, session in try log.countFailed(meant, in: session).count } ?? 0
        if let expected = body["expected_count"], expected != .null {
            guard let number = expected.wholeNumber else {
                throw APIError.badRequest("expected_count: expected a number, found \(expected.kind)")
            }
            guard number == count else {
                throw APIError.conflict("\(count) failed changes are meant by now, not \(number): look again")
            }
        }
        guard count > 0 else { throw APIError.conflict("no failed changes are meant") }
        return try await services.resolve(action, selection, count: count, of: connection, mapping: mapping, by: user)
    }
}

extension ResolveAction {
    /// As paths have it.
    var word: String { rawValue.replacing("_", with: "-") }
}

extension Optional where Wrapped: Sendable {
    func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async throws -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}

extension APIServices {
    /// A mapping of the connection by its id or its object.
    func mapping(named name: String, of connection: Connection) async throws -> Mapping {
        let mapping =
            if let id = UUID(uuidString: name) { try await catalog.mapping(id) } else {
                try await catalog.mapping(connection.id, object: name)
            }
        guard let mapping, mapping.connectionID == connection.id else {
            throw APIError.badRequest("mapping: the connection has no mapping \"\(name.prefix(80))\"")
        }
        return mapping
    }

    /// Enqueues what somebody wants done to failed changes or rows.
    func resolve(
        _ action: ResolveAction, _ selection: ChangeSelection, count: Int, of connection: Connection, mapping: Mapping?, by user: User
    ) async throws -> Response {
        if action == .overwriteSalesforce, let mapping, mapping.config.access == .readOnly {
            throw APIError.conflict("\(mapping.objectName) is mapped read-only: nothing of it is written to Salesforce")
        }
        let job = try await pool.transaction { session in
            let job = try CatalogStore.resolve(
                ResolveArgs(action: action, selection: selection, requestedBy: user.email), of: connection.id, mapping: mapping?.id,
                in: session)
            try CatalogStore.audit(
                connection.id, actor: user.email, action: "changes.\(action.rawValue)",
                details: ["object_name": .optional(mapping?.objectName), "count": .integer(count), "job": .integer(job)], in: session)
            return job
        }
        var response = Response.json(
            ["count": .integer(count), "job": ["id": .integer(job), "detail_url": .string("/api/v3/jobs/\(job)")]], status: .accepted)
        response.headers[.location] = "/api/v3/jobs/\(job)"
        return response
    }

    /// Reads the trigger log of a connection's schema; nil before the first mapping, when there is none.
    func reading<Value: Sendable>(
        _ connection: Connection, _ body: @Sendable (TriggerLog, PostgresSession) throws -> Value
    ) async throws -> Value? {
        do {
            let pool = try await targets.pool(at: addresses.configuration(of: connection))
            let ownership = SchemaOwnership(
                schema: connection.schemaName,
                owner: .init(
                    controlDatabase: try await catalog.controlDatabaseID(), connection: connection.id, name: connection.name,
                    resourceName: connection.resourceName, organizationID: connection.organizationID))
            let log = TriggerLog(schema: connection.schemaName)
            return try await pool.withSession { session in
                guard try !ownership.isForeign(in: session) else {
                    // Whose it is, another app's users need not know.
                    throw APIError.conflict(
                        "the schema \(connection.schemaName) of the connection's database belongs to another connection")
                }
                return try body(log, session)
            }
        } catch let error as PostgresError {
            if error.sqlState == PostgresError.undefinedTable || error.sqlState == PostgresError.undefinedSchema { return nil }
            logger.warning(
                "A target database does not answer",
                metadata: ["connection": "\(connection.id.uuidString.lowercased())", "error": "\(error)"])
            throw APIError(
                status: .serviceUnavailable, code: "target_unavailable", message: "the connection's database does not answer; try again")
        }
    }
}
