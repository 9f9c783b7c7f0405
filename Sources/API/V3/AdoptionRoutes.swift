import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import WebServer

/// `actions/adopt`: a connection takes over a schema that Heroku Connect filled. A worker does it; its report is fetched from the address that the
/// request gave.
struct AdoptionRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/actions/adopt", [.post(.admin, adopt)])
        table.add("/api/v3/connections/:connection/adoptions/:adoption", [.get(.admin, report)])
    }

    private func adopt(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let body = try await request.jsonObject() ?? [:]
        let mode = try Self.mode(body["mode"])
        let export: String?
        switch body["export"] {
        case nil, .null?: export = nil
        case let document?:
            guard mode != .takeBack else { throw APIError.badRequest("export: expected nothing with the mode take_back") }
            do {
                _ = try ExportFile(parsing: document.text)
            } catch {
                throw APIError.badRequest("export: \(error)")
            }
            export = document.text
        }
        let inquiry = try await services.catalog.ask(.adoption, of: connection.id, by: user.email) {
            try .adopt(connection.id, AdoptArgs(mode: mode, export: export, requestedBy: user.email, inquiry: $0))
        }
        try await services.catalog.audit(
            connection.id, actor: user.email, action: "connection.adopt.request", details: ["mode": .string(mode.rawValue)])
        let path = "/api/v3/connections/\(connection.id.uuidString.lowercased())/adoptions/\(inquiry.id.uuidString.lowercased())"
        return .json(["result_url": .string(services.baseURL(request) + path), "job": .integer(inquiry.jobID ?? 0)], status: .accepted)
    }

    private static func mode(_ value: JSONValue?) throws -> AdoptArgs.Mode {
        guard let value, value != .null else { return .plan }
        guard let text = value.string, let mode = AdoptArgs.Mode(rawValue: text) else {
            throw APIError.badRequest("mode: expected plan, adopt or take_back, found \(value.text.prefix(40))")
        }
        return mode
    }

    /// 202 while there is no report.
    private func report(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let text = parameters.get("adoption") ?? ""
        guard let id = UUID(uuidString: text), let inquiry = try await services.catalog.inquiry(id), inquiry.kind == .adoption,
            inquiry.connectionID == connection.id
        else { throw APIError.notFound("there is no adoption \(text)") }
        if let answer = inquiry.answer { return .json(try JSONValue(parsing: answer)) }
        guard let job = inquiry.jobID, let found = try await services.queue.job(job), found.hasEnded else {
            return Response(status: .accepted)
        }
        // It may have ended between the two looks.
        if let answer = try await services.catalog.inquiry(id)?.answer { return .json(try JSONValue(parsing: answer)) }
        throw APIError(
            status: .badGateway, code: "adoption_failed",
            message: "the adoption broke off: \(found.lastError ?? found.outcome ?? "its job is gone"); ask again, it goes on where it was")
    }
}
