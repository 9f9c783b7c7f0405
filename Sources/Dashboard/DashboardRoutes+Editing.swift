import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import WebServer

/// The pages that make and change mappings. What they send goes the way of the API's own `POST …/mappings` and `PATCH /mappings/<id>`, which audit
/// it; what only shows the SQL changes nothing.
extension DashboardRoutes {
    func addEditing(to table: RouteTable) {
        table.add("/connections/:connection/new-mapping", [.page(.admin, chooseOrCreate), .form(.admin, create).reading])
        table.add("/mappings/:mapping/edit", [.page(.admin, edit), .form(.admin, save).reading])
    }

    private func chooseOrCreate(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        guard let object = request.parameter("object") else {
            return .page(ObjectChoicePage(user: user, connection: connection, fault: nil).html)
        }
        do {
            return try await page(Editing(connection, nil, object, request, user))
        } catch let error as APIError where error.status == .notFound || error.status == .badRequest {
            return .page(ObjectChoicePage(user: user, connection: connection, fault: error.message).html, status: error.status)
        }
    }

    private func create(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let form = MappingForm(try await request.form())
        guard let object = form.objectName else {
            return .page(ObjectChoicePage(user: user, connection: connection, fault: "Name an object.").html, status: .badRequest)
        }
        return try await take(form, Editing(connection, nil, object, request, user)) {
            let made = try await api.call(
                .post, "/api/v3\(ConnectionFrame.path(connection.id))/mappings", body: form.body, for: request, as: user)
            return "/mappings/\(made.body.text("id"))"
        }
    }

    private func edit(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        return try await page(Editing(connection, mapping, mapping.objectName, request, user))
    }

    private func save(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        let form = MappingForm(try await request.form())
        return try await take(form, Editing(connection, mapping, mapping.objectName, request, user)) {
            _ = try await api.call(.patch, "/api/v3\(MappingPage.path(mapping.id))", body: form.body, for: request, as: user)
            return MappingPage.path(mapping.id)
        }
    }

    /// What is edited, and by whom.
    private struct Editing {
        let connection: Connection
        let mapping: Mapping?
        let objectName: String
        let request: Request
        let user: User

        init(_ connection: Connection, _ mapping: Mapping?, _ objectName: String, _ request: Request, _ user: User) {
            (self.connection, self.mapping, self.objectName, self.request, self.user) = (connection, mapping, objectName, request, user)
        }
    }

    /// Saves a form, or shows it again with what saving would mean or what is wrong with it.
    private func take(_ form: MappingForm, _ editing: Editing, saving: () async throws -> String) async throws -> Response {
        do {
            guard form.isPreview else { return .redirect(to: try await saving()) }
            let submission = try MappingSubmission(form.body)
            let wanted = try editing.mapping.map { try submission.configuration(changing: $0.config) } ?? submission.configuration()
            return try await page(editing, sent: form, wanted: wanted)
        } catch let error as ExportFileError {
            return try await page(editing, sent: form, fault: "\(error)")
        } catch let error as CatalogError where error.code == .invalid || error.code == .conflict {
            return try await page(editing, sent: form, fault: error.message)
        }
    }

    /// The form, as the mapping is, or as it was sent.
    private func page(
        _ editing: Editing, sent: MappingForm? = nil, wanted: MappingConfig? = nil, fault: String? = nil
    ) async throws -> Response {
        let (connection, mapping) = (editing.connection, editing.mapping)
        guard let schema = try await described(editing.objectName, editing) else {
            return .page(
                PendingSchemaPage(user: editing.user, connection: connection, objectName: editing.objectName).html, status: .accepted)
        }
        let config = sent?.body["config"] ?? mapping?.config.document ?? [:]
        let chosen = config["fields"]?.members?.map(\.key) ?? []
        var parents: ParentFields?
        if editing.request.parameter("parents") != nil || sent?.hasParents == true {
            parents = ParentFields(schema: schema, parents: await describedParents(of: schema, editing), chosen: chosen)
        }
        var check = fault.map(MappingCheck.refused) ?? MappingCheck.unasked
        if let wanted {
            let parentFields = (parents?.all ?? []).map { ($0.name.lowercased(), $0.field) }
            let preview = SQLPreview(
                schema: connection.schemaName, table: mapping?.tableName ?? editing.objectName.lowercased(), wanted: wanted,
                present: mapping?.shape,
                described: Dictionary(
                    schema.list("fields").map { ($0.text("name").lowercased(), $0) } + parentFields, uniquingKeysWith: { first, _ in first }
                ))
            check = MappingCheck(opinion: await opinion(of: wanted, editing), preview: preview).html
        }
        return .page(
            MappingEditPage(
                user: editing.user, connection: connection, mapping: mapping, objectName: editing.objectName,
                fields: FieldChoice.list(schema: schema, chosen: chosen, indexes: config["indexes"] ?? [:]),
                parents: parents, choices: MappingChoices(config), fault: fault, check: check
            ).html, status: fault == nil ? .ok : .unprocessableContent)
    }

    /// What the org says of an object; nil while it has not answered.
    private func described(_ object: String, _ editing: Editing) async throws -> JSONValue? {
        let path = "/api/v3\(ConnectionFrame.path(editing.connection.id))/schemas/\(PageAddress.part(object))"
        let answer = try await api.call(.get, path, for: editing.request, as: editing.user)
        return answer.status == .ok ? answer.body : nil
    }

    /// The same of all parents at a time; those that nobody may see are left out.
    private func describedParents(of schema: JSONValue, _ editing: Editing) async -> [String: JSONValue?] {
        await withTaskGroup(of: (String, JSONValue?, Bool).self) { group in
            for parent in Set(ParentFields.relations(schema).map(\.parent)) {
                group.addTask {
                    do {
                        return (parent, try await described(parent, editing), true)
                    } catch let error as APIError where error.status == .notFound {
                        return (parent, nil, false)
                    } catch {
                        return (parent, nil, true)
                    }
                }
            }
            return await group.reduce(into: [:]) { found, answer in if answer.2 { found[answer.0] = .some(answer.1) } }
        }
    }

    private func opinion(of wanted: MappingConfig, _ editing: Editing) async -> MappingCheck.Opinion {
        do {
            return .findings(
                try await api.call(
                    .post, "/api/v3\(ConnectionFrame.path(editing.connection.id))/mapping-validations",
                    body: ["object_name": .string(editing.objectName), "config": wanted.document], for: editing.request, as: editing.user
                ).body)
        } catch {
            return .silent(APIError(error)?.message ?? "the server could not ask")
        }
    }
}
