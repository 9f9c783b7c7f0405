import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import WebServer

/// Log drains, webhooks and mailboxes, through the API's `outlets`.
extension DashboardRoutes {
    func addOutlets(to table: RouteTable) {
        table.add("/connections/:connection/outlets", [.page(.viewer, page(outlets)), .form(.admin, makeOutlet)])
        for (word, gate) in [("test", RouteGate.operator), ("enable", .admin), ("disable", .admin), ("delete", .admin)] {
            table.add(
                "/connections/:connection/outlets/:outlet/\(word)",
                [.form(gate) { request, parameters, user in try await act(word, request, parameters, user) }])
        }
    }

    static let outletPages: [RouteDocumentation] =
        [
            RouteDocumentation(.get, "/connections/:connection/outlets", "Where a connection tells what happens to it.", answers: [page]),
            edit("/connections/:connection/outlets", "Adds an outlet."),
        ]
        + ["test", "enable", "disable", "delete"].map {
            form("/connections/:connection/outlets/:outlet/\($0)", "The button \($0) of an outlet.")
        }

    private func outlets(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        return try await OutletsPage(user: user, now: Date(), connection: connection, outlets: outlets(connection, request, user)).html
    }

    /// A connection's outlets as the API tells them.
    func outlets(_ connection: Connection, _ request: Request, _ user: User) async throws -> [JSONValue] {
        try await api.call(.get, "/api/v3\(OutletsPage.path(connection.id))", for: request, as: user).body.list("results")
    }

    private func makeOutlet(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let form = try await request.form()
        var body: [JSONValue.Member] = [
            .init("kind", .string(form["kind"] ?? "")), .init("address", .string(form["address"] ?? "")),
        ]
        if form["kind"] == "drain", let level = form["level"] { body.append(.init("level", .string(level))) }
        do {
            let made = try await api.call(
                .post, "/api/v3\(OutletsPage.path(connection.id))", body: .object(body), for: request, as: user)
            guard let secret = made.body["secret"]?.string else { return .redirect(to: OutletsPage.path(connection.id)) }
            let page = try await OutletsPage(
                user: user, now: Date(), connection: connection, outlets: outlets(connection, request, user), secret: secret)
            return .page(page.html)
        } catch {
            guard let refusal = APIError(error), refusal.status.kind == .clientError else { throw error }
            let page = try await OutletsPage(
                user: user, now: Date(), connection: connection, outlets: outlets(connection, request, user), fault: refusal.message)
            return .page(page.html, status: .unprocessableContent)
        }
    }

    private func act(_ word: String, _ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let path = "/api/v3\(OutletsPage.path(connection.id))/\(PageAddress.part(parameters.get("outlet") ?? ""))"
        switch word {
        case "test": _ = try await api.call(.post, "\(path)/actions/test", for: request, as: user)
        case "delete": _ = try await api.call(.delete, path, for: request, as: user)
        default: _ = try await api.call(.patch, path, body: ["enabled": .bool(word == "enable")], for: request, as: user)
        }
        return .redirect(to: OutletsPage.path(connection.id))
    }
}
