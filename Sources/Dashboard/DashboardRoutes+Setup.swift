import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import WebServer

/// Setting a connection up: its database, its sign-in at Salesforce, its mappings.
extension DashboardRoutes {
    func addSetup(to table: RouteTable) {
        table.add("/new-connection", [.page(.anywhere(.admin), page(newConnection)), .form(.anywhere(.admin), makeConnection)])
        table.add("/connections/:connection/setup", [.page(.admin, page(setup))])
        table.add("/connections/:connection/authorize", [.form(.admin, authorize)])
        table.add("/connections/:connection/import", [.page(.admin, page(chooseImport)), .form(.admin, importFile).reading])
        table.add("/connections/:connection/export", [.page(.viewer, export)])
    }

    static let setupPages: [RouteDocumentation] = [
        RouteDocumentation(.get, "/new-connection", "The form for a new connection.", answers: [page]),
        edit("/new-connection", "Makes a connection."),
        RouteDocumentation(.get, "/connections/:connection/setup", "The next step of a set-up.", answers: [page]),
        RouteDocumentation(
            .post, "/connections/:connection/authorize", "Begins a sign-in at Salesforce.", body: .form(.object([:], open: true)),
            answers: [
                page, .empty(.seeOther, "Nobody is logged in.", headers: [("Location", "The log-in form.")]),
                .text(.unprocessableContent, type: "text/html", "The form again, with what is wrong."),
                .error(.forbidden, "Another site's page."),
            ]),
        RouteDocumentation(.get, "/connections/:connection/import", "The form that takes a configuration.", answers: [page]),
        RouteDocumentation(
            .post, "/connections/:connection/import", "Shows what a file would change, or imports it.",
            body: .form(.object([:], open: true)),
            answers: [
                page, .empty(.seeOther, "Begun, or nobody is logged in.", headers: [("Location", "The job, or the log-in form.")]),
                .text(.unprocessableContent, type: "text/html", "The form again, with what is wrong."),
                .error(.forbidden, "Another site's page."),
            ]),
        RouteDocumentation(
            .get, "/connections/:connection/export", "The configuration as a file.", answers: [.json(.ok, .object([:], open: true))]),
    ]

    private func newConnection(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        try await NewConnectionPage(user: user, apps: apps(request, user)).html
    }

    /// Apps in which somebody may make connections.
    private func apps(_ request: Request, _ user: User) async throws -> [NewConnectionPage.App] {
        var apps: [NewConnectionPage.App] = []
        for name in user.apps where user.role(app: name) ?? .viewer >= .admin {
            let answer = try await api.call(.get, "/api/v3/apps/\(PageAddress.part(name))", for: request, as: user)
            apps.append(.init(name: name, keys: answer.body.list("db_keys").map { $0.text("name") }))
        }
        return apps
    }

    /// Looks at the schema first; what was agreed to is made.
    private func makeConnection(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let form = try await request.form()
        let parts = (form["database"] ?? "").split(separator: " ").map(String.init)
        var sent = NewConnectionPage.Sent()
        (sent.app, sent.key) = (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        (sent.name, sent.schema) = (form["name"] ?? "", form["schema"] ?? "")
        let app = "/api/v3/apps/\(PageAddress.part(sent.app))"
        do {
            guard !sent.key.isEmpty, !sent.schema.isEmpty else { throw APIError.badRequest("Choose a database, and name a schema of it.") }
            guard form["agreed"] != nil else {
                let look = "\(app)/databases/\(PageAddress.part(sent.key))/schemas/\(PageAddress.part(sent.schema))"
                let found = FoundSchema(document: try await api.call(.get, look, for: request, as: user).body)
                return .page(try await NewConnectionPage(user: user, apps: apps(request, user), sent: sent, found: found).html)
            }
            let answer = try await api.call(
                .post, "\(app)/connections",
                body: [
                    "db_key": .string(sent.key), "name": sent.name.isEmpty ? .null : .string(sent.name),
                    "schema_name": .string(sent.schema),
                ], for: request, as: user)
            return .redirect(to: "/connections/\(answer.body.text("id"))/setup")
        } catch {
            guard let refusal = APIError(error) else { throw error }
            let page = try await NewConnectionPage(user: user, apps: apps(request, user), sent: sent, fault: refusal.message)
            return .page(page.html, status: .unprocessableContent)
        }
    }

    private func setup(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        // Salesforce's refusal comes back in the address.
        let fault = request.parameter("error").map { "Salesforce: \(request.parameter("error_description") ?? $0)" }
        let look = "/api/v3\(ConnectionFrame.path(connection.id))/target-schema"
        let found = await inTime(.seconds(2)) { [api] in try await api.call(.get, look, for: request, as: user).body }
        return SetupPage(user: user, connection: connection, found: found.map(FoundSchema.init), fault: fault).html
    }

    private func authorize(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let form = try await request.form()
        let next = connection.credentialsSealed == nil ? SetupPage.path(connection.id) : ConnectionFrame.Tab.settings.path(connection.id)
        var body: [JSONValue.Member] = [.init("environment", .string(form["environment"] ?? "production")), .init("next", .string(next))]
        if form["environment"] == "custom" { body.append(.init("domain", .string(form["domain"] ?? ""))) }
        for key in ["client_id", "client_secret"] { if let value = form[key] { body.append(.init(key, .string(value))) } }
        do {
            let answer = try await api.call(
                .post, "/api/v3\(ConnectionFrame.path(connection.id))/authorize_url", body: .object(body), for: request, as: user)
            return .page(LeavingPage(user: user, connection: connection, address: answer.body.text("redirect")).html)
        } catch {
            guard let refusal = APIError(error) else { throw error }
            let page = SetupPage(
                user: user, connection: connection, fault: refusal.message, environment: form["environment"] ?? "production",
                domain: form["domain"] ?? "")
            return .page(page.html, status: .unprocessableContent)
        }
    }

    private func chooseImport(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        ImportPage(user: user, connection: try await catalog.connection(parameters, user)).html
    }

    private func importFile(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let form = try await request.form()
        let text = form["export"] ?? ""
        do {
            let file = try ExportFile(parsing: Array(text.utf8))
            guard form["agreed"] != nil else {
                let preview = ImportPreview(file: file, mappings: try await catalog.mappings(connections: [connection.id]))
                return .page(ImportPage(user: user, connection: connection, text: text, preview: preview).html)
            }
            let document = try JSONValue(parsing: text)
            _ = try await api.call(
                .post, "/api/v3\(ConnectionFrame.path(connection.id))/actions/import", body: document, for: request, as: user)
            return .redirect(to: ConnectionFrame.Tab.mappings.path(connection.id))
        } catch {
            guard let refusal = APIError(error) else { throw error }
            let page = ImportPage(user: user, connection: connection, text: text, fault: refusal.message)
            return .page(page.html, status: .unprocessableContent)
        }
    }

    private func export(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let answer = try await api.call(.get, "/api/v3\(ConnectionFrame.path(connection.id))/actions/export", for: request, as: user)
        var response = Response.json(answer.body)
        response.headers[.contentDisposition] = "attachment; filename=\"\(connection.resourceName).json\""
        return response
    }
}
