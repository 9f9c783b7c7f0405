import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `/api/v3/connections/:connection/audit`: who changed what, as JSON page by page, or all of it as CSV.
struct AuditRoutes {
    let services: APIServices

    private enum Format: String, CaseIterable {
        case json
        case csv
    }

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/audit", [.get(.viewer, trail)])
    }

    private func trail(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let format: Format = try request.word("format", default: .json)
        guard format == .json else { return csv(connection) }
        let page = try await services.catalog.auditPage(connection.id, before: request.cursor("before"), limit: request.pageLimit())
        return .json([
            "count": .integer(page.entries.count), "next": request.nextPage("before", page.next.map(String.init)),
            "results": .array(
                page.entries.map { entry in
                    [
                        "id": .integer(entry.id), "created_at": .string(Timestamp.iso(entry.at)), "actor": .string(entry.actor),
                        "action": .string(entry.action), "details": (try? JSONValue(parsing: entry.details)) ?? [:],
                    ]
                }),
        ])
    }

    /// Page after page, so that a trail of any length takes no memory.
    private func csv(_ connection: Connection) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"audit-\(connection.resourceName).csv\"",
            ],
            body: ResponseBody { [catalog = services.catalog] writer in
                try await writer.write(ByteBuffer(string: CSVText.line(["id", "created_at", "actor", "action", "details"])))
                var before: Int64?
                repeat {
                    let page = try await catalog.auditPage(connection.id, before: before, limit: 1000)
                    let lines = page.entries.map { entry in
                        CSVText.line([String(entry.id), Timestamp.iso(entry.at), entry.actor, entry.action, entry.details])
                    }
                    try await writer.write(ByteBuffer(string: lines.joined()))
                    before = page.next
                } while before != nil
                try await writer.finish(nil)
            })
    }
}
