import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SyncJournal
import WebServer

/// `/api/v3/connections/:connection/audit` and `/api/v3/audit`: who changed what of a connection and of the installation, as JSON page by page, or all
/// of it as CSV.
struct AuditRoutes: RouteGroup {
    let services: APIServices

    private enum Format: String, CaseIterable {
        case json
        case csv
    }

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/audit", [.get(.viewer, ofConnection)])
        table.add("/api/v3/audit", [.get(.administrator, ofInstallation)])
    }

    private func ofConnection(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let columns = user.role(on: connection) == .admin ? Self.columns : Self.columns.filter { !$0.isForAdmins }
        return try await trail(of: connection.id, called: connection.resourceName, columns, request)
    }

    private func ofInstallation(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await trail(of: nil, called: "installation", Self.columns, request)
    }

    private func trail(of connection: UUID?, called name: String, _ columns: [AuditColumn], _ request: Request) async throws -> Response {
        let format: Format = try request.word("format", default: .json)
        let (before, limit) = (try request.cursor("before"), try request.pageLimit())
        guard format == .json else {
            return csv(of: connection, called: name, columns, before: before, most: request.parameter("limit").map { _ in limit })
        }
        let page = try await services.catalog.auditPage(connection, before: before, limit: limit)
        return .json([
            "count": .integer(page.entries.count), "next": request.nextPage("before", page.next.map(String.init)),
            "results": .array(page.entries.map { entry in .object(columns.map { .init($0.name, $0.value(entry)) }) }),
        ])
    }

    /// Page after page, so that a trail of any length takes no memory.
    ///
    /// - Parameter most: nil is all that there are.
    private func csv(
        of connection: UUID?, called name: String, _ columns: [AuditColumn], before: Int64?, most: Int?
    ) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"audit-\(name).csv\"",
            ],
            body: ResponseBody { [catalog = services.catalog] writer in
                try await writer.write(ByteBuffer(string: CSVText.line(columns.map(\.name))))
                var before = before
                repeat {
                    let page = try await catalog.auditPage(connection, before: before, limit: most ?? 1000)
                    let lines = page.entries.map { entry in CSVText.line(columns.map { $0.text(entry) }) }
                    try await writer.write(ByteBuffer(string: lines.joined()))
                    before = page.next
                } while before != nil && most == nil
                try await writer.finish(nil)
            })
    }

    /// From where somebody works, and by which token, is the business of those who could revoke it.
    static let columns: [AuditColumn] = [
        AuditColumn("id") { .integer($0.id) }, AuditColumn("created_at") { .string(Timestamp.iso($0.at)) },
        AuditColumn("actor") { .string($0.actor) }, AuditColumn("action") { .string($0.action) },
        AuditColumn("details") { (try? JSONValue(parsing: $0.details)) ?? [:] },
        AuditColumn("connection", isForAdmins: true) { .optional($0.connectionID?.uuidString.lowercased()) },
        AuditColumn("address", isForAdmins: true) { .optional($0.address) }, AuditColumn("via", isForAdmins: true) { .optional($0.via) },
    ]
}

/// What is told of an entry.
struct AuditColumn: Sendable {
    let name: String
    let isForAdmins: Bool
    let value: @Sendable (AuditEntry) -> JSONValue

    init(_ name: String, isForAdmins: Bool = false, value: @escaping @Sendable (AuditEntry) -> JSONValue) {
        self.name = name
        self.isForAdmins = isForAdmins
        self.value = value
    }

    /// As a cell of CSV.
    func text(_ entry: AuditEntry) -> String {
        switch value(entry) {
        case .string(let text): text
        case .null: ""
        case let value: value.text
        }
    }
}
