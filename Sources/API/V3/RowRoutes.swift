import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import LoggedChanges
import MappedSchema
import Postgres
import SchemaInspection
import SyncJournal
import WebServer

/// `/api/v3/mappings/:mapping/rows`: rows beside their records, what happened to a row, and which of the two sides is right.
struct RowRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        let path = "/api/v3/mappings/:mapping/rows"
        table.add(path, [.get(.viewer, explore)])
        table.add("\(path)/:row/history", [.get(.viewer, history)])
        for action in ResolveAction.allCases {
            table.add(
                "\(path)/actions/\(action.word)",
                [.post(.operator) { request, parameters, user in try await resolve(action, request, parameters, user) }])
        }
    }

    /// A page of rows. What only Salesforce can tell a job finds out, which is waited for; when it does not come, rows are shown by themselves, and
    /// why is said.
    private func explore(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let state: MappedRowState = try request.word("state", default: .any)
        let search = request.parameter("search").map { String($0.prefix(200)) }
        let limit = try request.number("limit", default: 50, in: 1...200)
        let after = request.parameter("after")
        if state != .onlyThere, let after, Int64(after) == nil {
            throw APIError.badRequest("after: expected a row's id, found \"\(after.prefix(40))\"")
        }
        let looks = try request.choice("salesforce") ?? true
        guard state.needsSalesforce else {
            return try await page(request, mapping, connection, state, search, after.flatMap { Int64($0) } ?? 0, limit, looks: looks)
        }
        guard looks else {
            throw APIError.badRequest("salesforce: the state \(state.rawValue) cannot be told without a look at Salesforce")
        }
        let args = ExploreArgs(state: state, search: search, after: after, limit: limit)
        switch try await services.explored(mapping, connection, args) {
        case .answer(let document):
            return answer(request, document["results"] ?? [], next: document["next"]?.string, document["looked_at"], nil)
        case .none(let reason):
            throw connection.unasked("Salesforce was not looked at: \(reason)")
        }
    }

    /// What the database alone knows, and what Salesforce holds of the same rows.
    private func page(
        _ request: Request, _ mapping: Mapping, _ connection: Connection, _ state: MappedRowState, _ search: String?, _ after: Int64,
        _ limit: Int,
        looks: Bool
    ) async throws -> Response {
        guard let table = mapping.shape else { return answer(request, [], next: nil, 0, "the mapping is not loaded yet") }
        let rows =
            try await services.reading(connection) { _, session in
                try RowPage(of: table).rows(state: state, search: search, after: after, limit: limit, in: session)
            } ?? []
        let next = rows.count == limit ? rows.last?.id.map(String.init) : nil
        let alone = JSONValue.array(rows.map(\.document))
        let looked = JSONValue.integer(rows.count)
        guard looks, !rows.isEmpty else { return answer(request, alone, next: next, looked, looks ? nil : "not asked for") }
        let args = ExploreArgs(state: .any, limit: limit, rows: rows.compactMap(\.id))
        switch try await services.explored(mapping, connection, args) {
        case .answer(let document): return answer(request, document["results"] ?? alone, next: next, looked, nil)
        case .none(let reason): return answer(request, alone, next: next, looked, reason)
        }
    }

    private func answer(_ request: Request, _ results: JSONValue, next: String?, _ looked: JSONValue?, _ missing: String?) -> Response {
        .json([
            "count": .integer(results.elements?.count ?? 0), "next": request.nextPage("after", next), "looked_at": looked ?? .null,
            "salesforce_missing": .optional(missing), "results": results,
        ])
    }

    private func history(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let text = parameters.get("row") ?? ""
        guard let number = Int32(text), number > 0 else { throw APIError.notFound("there is no row \(text.prefix(40))") }
        let row = Int64(number)
        let (before, limit, tableName) = (try request.cursor("before"), try request.pageLimit(), mapping.tableName)
        let page = try await services.reading(connection) { log, session in
            try log.history(table: tableName, row: row, before: before, limit: limit, in: session)
        }
        return .json([
            "count": .integer(page?.changes.count ?? 0), "next": request.nextPage("before", page?.next.map(String.init)),
            "results": .array((page?.changes ?? []).map { ChangeDocument(change: $0).value }),
        ])
    }

    private func resolve(_ action: ResolveAction, _ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let selection = try ChangeSelection.body(try await request.jsonObject() ?? [:], rowsOnly: true)
        if selection.sfids != nil, action != .reread, action != .overwritePostgres {
            throw APIError.badRequest("sfids: records without a row can only be read")
        }
        let count = (selection.rows?.count ?? 0) + (selection.sfids?.count ?? 0)
        return try await services.resolve(action, selection, count: count, of: connection, mapping: mapping, by: user)
    }
}

extension Mapping {
    /// The table's shape as the last load settled it; nil before the first.
    var shape: TableSchema? { tableSchema.flatMap { try? JSONDecoder().decode(TableSchema.self, from: Data($0.utf8)) } }
}

extension Connection {
    /// Salesforce could not be asked: the connection's state does not allow it, which time alone does not change, or nobody has answered.
    func unasked(_ message: String) -> APIError {
        state.allowsSync
            ? APIError(status: .serviceUnavailable, code: "salesforce_unavailable", message: message) : .conflict(message)
    }
}

/// What a look at Salesforce came to.
enum Explored: Sendable {
    case answer(JSONValue)
    case none(String)
}

extension APIServices {
    /// How long somebody waits for a look at Salesforce.
    private static let patience = Duration.seconds(15)

    /// Has rows compared with their records, and waits for it.
    func explored(_ mapping: Mapping, _ connection: Connection, _ args: ExploreArgs) async throws -> Explored {
        guard connection.state.allowsSync else { return .none("the connection is \(connection.state.rawValue)") }
        return try await answer(to: .explore(mapping, args))
    }

    /// Enqueues a short job and waits for what it answers.
    func answer(to job: NewJob) async throws -> Explored {
        guard let id = try await queue.enqueue([job])[0] else { return .none("somebody has asked the same at this moment; ask again") }
        let end = ContinuousClock.now + Self.patience
        var pause = Duration.milliseconds(20)
        while true {
            if let document = try await catalog.answer(of: id) { return .answer(document) }
            if let found = try await queue.standing(of: id) {
                if let reason = found.endedWith {
                    // It may have answered in between.
                    guard let document = try await catalog.answer(of: id) else { return .none(reason) }
                    return .answer(document)
                }
            }
            guard ContinuousClock.now < end else {
                // Nobody waits for it any more.
                _ = try await queue.cancel(id)
                return .none("no worker has answered within \(Self.patience.components.seconds) seconds")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(250))
        }
    }
}
