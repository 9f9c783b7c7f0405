import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import WebServer

/// What can be set of a connection as a whole, each thing through the API's own route.
extension DashboardRoutes {
    func addSettings(to table: RouteTable) {
        table.add("/connections/:connection/settings", [.page(.viewer, page(settings))])
        table.add("/connections/:connection/change", [.form(.admin, change)])
        table.add("/connections/:connection/writes", [.form(.admin, changeWrites)])
        table.add("/connections/:connection/allow-deletes", [.form(.operator, allowDeletes)])
        table.add("/connections/:connection/access/grant", [.form(.admin, grant)])
        table.add("/connections/:connection/access/revoke", [.form(.admin, revoke)])
        table.add("/connections/:connection/audit", [.page(.viewer, page(audit))])
        table.add("/connections/:connection/objects", [.page(.viewer, page(objects))])
        table.add("/connections/:connection/version", [.page(.viewer, page(version)), .form(.admin, changeVersion)])
        table.add("/connections/:connection/confirm/delete", [.page(.admin, page(confirmDeletion))])
        table.add("/connections/:connection/confirm/remove-orphans", [.page(.admin, page(confirmOrphans))])
        table.add("/connections/:connection/delete", [.form(.admin, deleteConnection)])
        table.add("/connections/:connection/remove-orphans", [.form(.admin, removeOrphans)])
    }

    static let settingsPages: [RouteDocumentation] = [
        RouteDocumentation(.get, "/connections/:connection/settings", "What a connection is.", answers: [page]),
        form("/connections/:connection/change", "Changes a connection's name or switches."),
        form("/connections/:connection/writes", "Sets the safety switches of writes."),
        form("/connections/:connection/allow-deletes", "Lets deletes go out that wait."),
        form("/connections/:connection/access/grant", "Gives somebody a role."),
        form("/connections/:connection/access/revoke", "Takes a role from somebody."),
        RouteDocumentation(
            .get, "/connections/:connection/audit", "Who changed what.", query: [.init("before", .string, "Only older entries.")],
            answers: [page]),
        RouteDocumentation(
            .get, "/connections/:connection/objects", "What of the org can be mapped.",
            query: [.init("search", .string, "Only names and labels with this."), .init("look", .string, "1 waits for the org.")],
            answers: [page]),
        RouteDocumentation(
            .get, "/connections/:connection/version", "What another API version would change.",
            query: [.init("target", .string, "The version.")], answers: [page]),
        edit("/connections/:connection/version", "Changes the API version."),
        RouteDocumentation(.get, "/connections/:connection/confirm/delete", "Asks before a connection is deleted.", answers: [page]),
        RouteDocumentation(
            .get, "/connections/:connection/confirm/remove-orphans", "Asks before orphaned mappings are removed.", answers: [page]),
        form("/connections/:connection/delete", "Deletes a connection."),
        form("/connections/:connection/remove-orphans", "Removes orphaned mappings."),
    ]

    private func path(_ connection: Connection) -> String { "/api/v3\(ConnectionFrame.path(connection.id))" }

    private func settings(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        var access: [JSONValue]?
        if user.role(on: connection) ?? .viewer >= .operator {
            access = try await api.call(.get, "\(path(connection))/access", for: request, as: user).body.list("results")
        }
        // The list tells, beside the connection, where it is.
        let documents = try await api.call(
            .get, PageAddress.make("/api/v3/connections", [("resource_name", connection.resourceName)]), for: request, as: user
        ).body.list("results")
        let mappings = try await catalog.mappings(connections: [connection.id])
        return try await SettingsTab(
            user: user, now: Date(), connection: connection, mappings: mappings, usage: catalog.usage(connection.id),
            budgets: catalog.callBudgets(of: mappings),
            switches: api.call(.get, "\(path(connection))/writes", for: request, as: user).body,
            document: documents.first ?? .null, access: access, outlets: outlets(connection, request, user)
        ).html
    }

    private func change(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let form = try await request.form()
        var body: [JSONValue.Member] = []
        if let name = form["name"] { body.append(.init("name", .string(name))) }
        let switches = ConnectionFeatures.served.sorted().compactMap { name in
            form[name].map { JSONValue.Member(name, .bool($0 == "true")) }
        }
        if !switches.isEmpty { body.append(.init("features", .object(switches))) }
        _ = try await api.call(.patch, path(connection), body: .object(body), for: request, as: user)
        return .redirect(to: ConnectionFrame.Tab.settings.path(connection.id))
    }

    private func changeWrites(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let form = try await request.form()
        let limit = form["deletes"].map { text in Int(text).map { JSONValue.integer($0) } ?? .string(text) }
        _ = try await api.call(
            .patch, "\(path(connection))/writes", body: ["mode": .optional(form["mode"]), "deletes_per_hour": limit ?? .null], for: request,
            as: user)
        return .redirect(to: "\(ConnectionFrame.Tab.settings.path(connection.id))#safety")
    }

    private func allowDeletes(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        _ = try await api.call(.post, "\(path(connection))/writes/allow-deletes", for: request, as: user)
        return .redirect(to: ConnectionFrame.Tab.settings.path(connection.id))
    }

    private func grant(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let form = try await request.form()
        _ = try await api.call(
            .put, "\(path(connection))/access/\(PageAddress.part(form.required("email")))", body: ["role": .string(form["role"] ?? "")],
            for: request, as: user)
        return .redirect(to: "\(ConnectionFrame.Tab.settings.path(connection.id))#access")
    }

    private func revoke(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let email = PageAddress.part(try await request.form().required("email"))
        _ = try await api.call(.delete, "\(path(connection))/access/\(email)", for: request, as: user)
        return .redirect(to: "\(ConnectionFrame.Tab.settings.path(connection.id))#access")
    }

    private func audit(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let address = PageAddress.make("\(path(connection))/audit", [("before", request.parameter("before")), ("limit", "100")])
        return AuditPage(
            user: user, now: Date(), connection: connection, document: try await api.call(.get, address, for: request, as: user).body
        ).html
    }

    private func objects(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let search = String((request.parameter("search") ?? "").prefix(100))
        let known = try await catalog.objects(of: connection)
        var document: JSONValue?
        var fault: String?
        // A page waits for no org, unless it was asked to.
        if request.parameter("look") == "1" || known.map({ $0.age < 3600 }) ?? false {
            do {
                document = try await api.call(
                    .get, PageAddress.make("\(path(connection))/supported-objects", [("search", search)]), for: request, as: user
                ).body
            } catch let error as APIError where error.status == .serviceUnavailable || error.status == .conflict {
                fault = error.message
            }
        }
        return ObjectsPage(user: user, now: Date(), connection: connection, search: search, document: document, fault: fault).html
    }

    private func version(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        guard let target = request.parameter("target").map({ String($0.prefix(10)) }) else {
            return VersionPage(user: user, connection: connection).html
        }
        do {
            let difference = try await api.call(
                .get, PageAddress.make("\(path(connection))/schema-diff", [("target_version", target)]), for: request, as: user
            ).body
            return VersionPage(user: user, connection: connection, target: target, difference: difference).html
        } catch {
            guard let refusal = APIError(error) else { throw error }
            return VersionPage(user: user, connection: connection, target: target, fault: refusal.message).html
        }
    }

    private func changeVersion(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let target = try await request.form()["target"] ?? ""
        do {
            _ = try await api.call(
                .post, "\(path(connection))/actions/change-sf-api-version", body: ["target_version": .string(target)], for: request,
                as: user)
            return .redirect(to: ConnectionFrame.Tab.settings.path(connection.id))
        } catch {
            guard let refusal = APIError(error) else { throw error }
            return .page(
                VersionPage(user: user, connection: connection, target: target, fault: refusal.message).html, status: .unprocessableContent)
        }
    }

    private func confirmDeletion(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let plan = try await api.call(.get, "\(path(connection))/deletion", for: request, as: user).body
        let deleted = plan["deleted"] ?? .null
        let unwritten = plan["unwritten_changes"] ?? .null
        let tables = plan["kept"]?.list("tables").compactMap(\.string) ?? []
        return ConfirmationPage(
            user: user, connection: connection, tab: .settings, question: "Delete the connection \(connection.name)?",
            consequences: [
                "\(PageText.count(deleted.list("mappings").count)) mappings, \(PageText.count(deleted.count("jobs"))) jobs, \(PageText.count(deleted.count("outlets"))) outlets and the Salesforce credentials are deleted.",
                plan["database_answers"] == true
                    ? "\(PageText.count(tables.count)) tables stay with their rows, without triggers: \(tables.prefix(10).joined(separator: ", "))\(tables.count > 10 ? " and more" : "")."
                    : "The database does not answer: which tables stay is not known. They stay as they are.",
                "\(PageText.count(unwritten.count("pending"))) changes that wait and \(PageText.count(unwritten.count("failed"))) that failed will never be written to Salesforce.",
            ],
            action: ActionForm(
                label: "Delete connection", action: "\(ConnectionFrame.path(connection.id))/delete", target: connection.name,
                isDangerous: true),
            back: ConnectionFrame.Tab.settings.path(connection.id)
        ).html
    }

    private func deleteConnection(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        _ = try await api.call(.delete, path(connection), for: request, as: user)
        return .redirect(to: "/")
    }

    private func confirmOrphans(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let orphans = try await catalog.orphanedMappings(connection.id)
        return ConfirmationPage(
            user: user, connection: connection, tab: .settings, question: "Remove \(orphans.count) orphaned mappings?",
            consequences: [
                "Nothing is read or written any more for \(orphans.map(\.objectName).joined(separator: ", ")).",
                "Their tables stay with their rows.",
            ],
            action: ActionForm(label: "Remove", action: "\(ConnectionFrame.path(connection.id))/remove-orphans", isDangerous: true),
            back: ConnectionFrame.Tab.settings.path(connection.id)
        ).html
    }

    private func removeOrphans(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        _ = try await api.call(.delete, "\(path(connection))/mappings?orphaned=true", for: request, as: user)
        return .redirect(to: ConnectionFrame.Tab.settings.path(connection.id))
    }
}
