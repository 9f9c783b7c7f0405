import Catalog
import Foundation
import Hummingbird
import WebServer

/// The explorer: rows beside records, failed writes, and what people do about them, through the API's `rows` and `failed-changes`.
extension DashboardRoutes {
    func addExplorer(to table: RouteTable) {
        table.add("/connections/:connection/explorer", [.page(.viewer, page(explorer))])
        table.add("/mappings/:mapping/rows/:row", [.page(.viewer, page(history))])
        table.add("/mappings/:mapping/rows/confirm", [.page(.operator, page(confirmRow))])
        table.add("/mappings/:mapping/rows/actions", [.form(.operator, actOnRow)])
        table.add("/connections/:connection/failed-changes/confirm", [.page(.operator, page(confirmGroup))])
        table.add("/connections/:connection/failed-changes/actions", [.form(.operator, actOnGroup)])
    }

    static let explorerPages: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/connections/:connection/explorer", "Rows beside their records, and what could not be written.",
            query: [
                .init("mapping", .string, "The object."), .init("state", .string, "Which rows."),
                .init("search", .string, "What their id, sfid, error or name holds."),
                .init("after", .string, "Where the last page ended."),
                .init("look", .string, "1 looks at Salesforce before the page is sent."),
                .init("begun", .string, "The job that was begun."),
            ], answers: [page]),
        RouteDocumentation(
            .get, "/mappings/:mapping/rows/:row", "What the trigger log says of a row.",
            query: [.init("before", .string, "Only older changes.")], answers: [page, .error(.conflict, "The schema is another's.")]),
        RouteDocumentation(
            .get, "/mappings/:mapping/rows/confirm", "Asks before something is done about a row.",
            query: [
                .init("action", .string, "What is to be done."), .init("row", .string, "The row."), .init("sfid", .string, "The record."),
            ],
            answers: [page]),
        form("/mappings/:mapping/rows/actions", "What is done about a row."),
        RouteDocumentation(
            .get, "/connections/:connection/failed-changes/confirm", "Asks before something is done about failed changes.",
            query: [
                .init("action", .string, "What is to be done."), .init("mapping", .string, "The object."),
                .init("cause", .string, "The group."),
            ], answers: [page, .error(.conflict, "The schema is another's.")]),
        form("/connections/:connection/failed-changes/actions", "What is done about failed changes."),
    ]

    private func explorer(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let mappings = try await catalog.mappings(connections: [connection.id])
        let query = ExplorerQuery(request, mappings: mappings)
        let hasFailures = mappings.contains { $0.erroredWrites > 0 } || query.state == "failed"
        var groups: [JSONValue] = []
        if hasFailures, !query.looks {
            groups = try await api.call(
                .get, "/api/v3\(ConnectionFrame.path(connection.id))/failed-changes/groups?limit=20", for: request, as: user
            ).body.list("results")
        }
        return try await ExplorerTab(
            user: user, now: Date(), connection: connection, mappings: mappings, query: query, groups: groups,
            begun: request.parameter("begun").flatMap { Int64($0) }, answer: answer(query, request, user)
        ).html
    }

    private func answer(_ query: ExplorerQuery, _ request: Request, _ user: User) async throws -> ExplorerRows.Answer {
        guard let mapping = query.mapping, !query.needsLook || query.looks else { return .notAsked }
        do {
            return .rows(try await api.call(.get, query.rows(of: mapping), for: request, as: user).body)
        } catch let error as APIError where error.status == .serviceUnavailable || error.status == .conflict {
            return .refused(error.message)
        }
    }

    private func history(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        guard let row = parameters.get("row").flatMap({ Int64($0) }), row > 0 else { throw APIError.notFound("there is no such row") }
        let path = "\(MappingPage.path(mapping.id))/rows/\(row)"
        let answer = try await api.call(
            .get, PageAddress.make("/api/v3\(path)/history", [("before", request.parameter("before"))]), for: request, as: user)
        return RowHistoryPage(
            user: user, now: Date(), connection: connection, mapping: mapping, row: row, changes: answer.body.list("results"),
            older: answer.body.cursor("before").map { PageAddress.make(path, [("before", $0)]) }
        ).html
    }

    private func action(_ text: String?) throws -> RepairAction {
        guard let action = text.flatMap(RepairAction.init(rawValue:)) else {
            throw APIError.badRequest("action: expected one of \(RepairAction.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return action
    }

    private func confirmRow(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        let action = try action(request.parameter("action"))
        let (row, sfid) = (request.parameter("row"), request.parameter("sfid"))
        return ConfirmationPage(
            user: user, connection: connection, tab: .explorer,
            question: "\(action.label) \(row.map { "row \($0)" } ?? sfid ?? "this row") of \(mapping.objectName)?",
            consequences: action.consequences(1, of: mapping.objectName),
            action: ActionForm(
                label: action.label, action: "\(MappingPage.path(mapping.id))/rows/actions", target: mapping.objectName,
                isDangerous: action.isDangerous,
                fields: [("action", action.rawValue), ("row", row ?? ""), ("sfid", sfid ?? "")]),
            back: PageAddress.make(
                ConnectionFrame.Tab.explorer.path(connection.id), [("mapping", mapping.objectName), ("search", row ?? sfid)])
        ).html
    }

    private func actOnRow(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        let form = try await request.form()
        let action = try action(form["action"])
        var body: [JSONValue.Member] = []
        if let row = form["row"] { body.append(.init("rows", [Int(row).map { .integer($0) } ?? .string(row)])) }
        if let sfid = form["sfid"] { body.append(.init("sfids", [.string(sfid)])) }
        let answer = try await api.call(
            .post, "/api/v3\(MappingPage.path(mapping.id))/rows/actions/\(action.rawValue)", body: .object(body), for: request, as: user)
        return .redirect(to: explorer(connection, mapping.objectName, search: form["row"] ?? form["sfid"], begun: answer.job))
    }

    private func confirmGroup(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let action = try action(request.parameter("action"))
        let (object, cause) = (request.parameter("mapping"), request.parameter("cause"))
        let count =
            try await api.call(
                .get,
                PageAddress.make(
                    "/api/v3\(ConnectionFrame.path(connection.id))/failed-changes/count", [("mapping", object), ("cause", cause)]),
                for: request, as: user
            ).body.count("count") ?? 0
        return ConfirmationPage(
            user: user, connection: connection, tab: .explorer,
            question:
                "\(action.label) \(PageText.count(count)) failed \(count == 1 ? "change" : "changes")\(object.map { " of \($0)" } ?? "")?",
            consequences: action.consequences(count, of: object ?? "this connection"),
            action: ActionForm(
                label: action.label, action: "\(ConnectionFrame.path(connection.id))/failed-changes/actions", target: object,
                isDangerous: action.isDangerous,
                fields: [("action", action.rawValue), ("mapping", object ?? ""), ("cause", cause ?? ""), ("count", String(count))]),
            back: PageAddress.make(ConnectionFrame.Tab.explorer.path(connection.id), [("mapping", object)])
        ).html
    }

    private func actOnGroup(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let form = try await request.form()
        let action = try action(form["action"])
        var body: [JSONValue.Member] = []
        if let mapping = form["mapping"] { body.append(.init("mapping", .string(mapping))) }
        if let cause = form["cause"] { body.append(.init("cause", .string(cause))) }
        if body.isEmpty { body.append(.init("all", true)) }
        // What was agreed to is what is done: when there are more by now, the API refuses.
        if let count = form["count"] { body.append(.init("expected_count", Int(count).map { .integer($0) } ?? .string(count))) }
        let answer = try await api.call(
            .post, "/api/v3\(ConnectionFrame.path(connection.id))/failed-changes/actions/\(action.rawValue)", body: .object(body),
            for: request, as: user)
        return .redirect(to: explorer(connection, form["mapping"], search: nil, begun: answer.job))
    }

    private func explorer(_ connection: Connection, _ object: String?, search: String?, begun: Int64?) -> String {
        PageAddress.make(
            ConnectionFrame.Tab.explorer.path(connection.id),
            [("mapping", object), ("search", search), ("begun", begun.map(String.init))])
    }
}
