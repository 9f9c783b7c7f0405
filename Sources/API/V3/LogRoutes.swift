import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import SyncJournal
import WebServer

/// `/api/v3/connections/:connection/logs`: what sync has done, filtered, page by page, and as it happens.
struct LogRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/logs", [.get(.viewer, list)])
        table.add("/api/v3/connections/:connection/logs/stream", [.get(.viewer, stream)])
    }

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let page = try await services.catalog.eventPage(
            connection.id, filter(request, connection), before: request.cursor("before"), limit: request.pageLimit())
        return .json([
            "count": .integer(page.events.count), "next": request.nextPage("before", page.next.map(String.init)),
            "complete": .bool(!page.isCutShort), "results": .array(page.events.map { EventDocument(event: $0).value }),
        ])
    }

    /// Server-sent events: one `log` a line, with the line's number as its id. A client that comes again tells the last one that it has seen
    /// (`Last-Event-ID`, as browsers do, or `after`) and gets what it missed.
    private func stream(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let filter = try await filter(request, connection)
        var after = try request.cursor("after")
        if let text = request.headers[.lastEventID], !text.isEmpty {
            guard let id = Int64(text), id >= 0 else {
                throw APIError.badRequest("Last-Event-ID: expected the number of an event, found \"\(text.prefix(40))\"")
            }
            after = id
        }
        let stream = try await LogStream(
            feed: services.events, catalog: services.catalog, connection: connection.id, filter: filter, after: after)
        return stream.response
    }

    private func filter(_ request: Request, _ connection: Connection) async throws -> EventFilter {
        try await EventFilter(
            mapping: request.mapping("mapping", of: connection, services)?.id, levels: request.words("level"), types: request.words("type"),
            text: request.parameter("text").map { String($0.prefix(200)) }, since: request.date("since"), until: request.date("until"))
    }
}
