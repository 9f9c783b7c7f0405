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
            return try await page(request, connection, nil, object: object, user: user)
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
        do {
            if form.isPreview {
                let config = try MappingSubmission(form.body).configuration()
                return try await page(request, connection, nil, object: object, user: user, refused: form, wanted: config)
            }
            let made = try await api.call(
                .post, "/api/v3\(ConnectionFrame.path(connection.id))/mappings", body: form.body, for: request, as: user)
            return .redirect(to: "/mappings/\(made.body["id"]?.string ?? "")")
        } catch let error as ExportFileError {
            return try await page(request, connection, nil, object: object, user: user, refused: form, fault: "\(error)")
        } catch let error as CatalogError where error.code == .invalid || error.code == .conflict {
            return try await page(request, connection, nil, object: object, user: user, refused: form, fault: error.message)
        }
    }

    private func edit(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        return try await page(request, connection, mapping, object: mapping.objectName, user: user)
    }

    private func save(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await catalog.mapping(parameters, user)
        let form = MappingForm(try await request.form())
        do {
            if form.isPreview {
                let config = try MappingSubmission(form.body).configuration(changing: mapping.config)
                return try await page(request, connection, mapping, object: mapping.objectName, user: user, refused: form, wanted: config)
            }
            _ = try await api.call(.patch, "/api/v3\(MappingPage.path(mapping.id))", body: form.body, for: request, as: user)
            return .redirect(to: MappingPage.path(mapping.id))
        } catch let error as ExportFileError {
            return try await page(request, connection, mapping, object: mapping.objectName, user: user, refused: form, fault: "\(error)")
        } catch let error as CatalogError where error.code == .invalid || error.code == .conflict {
            return try await page(request, connection, mapping, object: mapping.objectName, user: user, refused: form, fault: error.message)
        }
    }

    /// The form, as the mapping is, or as it was sent and refused.
    private func page(
        _ request: Request, _ connection: Connection, _ mapping: Mapping?, object: String, user: User, refused: MappingForm? = nil,
        wanted: MappingConfig? = nil, fault: String? = nil
    ) async throws -> Response {
        let known = try await api.call(
            .get, "/api/v3\(ConnectionFrame.path(connection.id))/schemas/\(PageAddress.part(object))", for: request, as: user)
        guard known.status == .ok else {
            return .page(PendingSchemaPage(user: user, connection: connection, objectName: object).html, status: .accepted)
        }
        let schema = known.body
        let config = refused?.body["config"]
        let described = Dictionary(
            schema.list("fields").map { ($0.text("name").lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        let preview = wanted.map { wanted in
            SQLPreview(
                schema: connection.schemaName, table: mapping?.tableName ?? object.lowercased(), wanted: wanted, present: mapping?.shape,
                described: described)
        }
        let sent = config?["fields"]?.members?.map(\.key)
        return .page(
            MappingEditPage(
                user: user, connection: connection, mapping: mapping, objectName: object,
                fields: FieldChoice.list(schema: schema, config: mapping?.config, fields: sent),
                access: (config?["access"]?.string).flatMap(MappingConfig.Access.init(rawValue:))
                    ?? mapping?.config.access ?? .readOnly,
                intervalSeconds: config?["sf_polling_seconds"]?.integer
                    ?? mapping?.config.pollingSeconds ?? 600,
                isNotified: config?["sf_notify_enabled"].map { $0 == true } ?? mapping?.config.acceleratesPolling ?? false,
                upsertField: config == nil ? mapping?.config.upsertField : config?["upsert_field"]?.string,
                fault: fault, preview: preview
            ).html, status: fault == nil ? .ok : .unprocessableContent)
    }
}
