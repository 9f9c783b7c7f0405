import Catalog
import Foundation
import HTTPTypes
import Hummingbird

/// The pages that make and change mappings. What they send goes the way of the API's own `POST …/mappings` and `PUT /mappings/<id>`.
extension DashboardRoutes {
    func addEditing(to table: RouteTable) {
        table.add("/connections/:connection/new-mapping", [.page(.admin, chooseOrCreate), .form(.admin, create)])
        table.add("/mappings/:mapping/edit", [.page(.admin, edit), .form(.admin, save)])
    }

    private func chooseOrCreate(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        guard let object = request.parameter("object") else {
            return .page(ObjectChoicePage(user: user, connection: connection, fault: nil).html)
        }
        do {
            return try await page(connection, nil, object: object, user: user)
        } catch let error as APIError where error.status == .notFound || error.status == .badRequest {
            return .page(ObjectChoicePage(user: user, connection: connection, fault: error.message).html, status: error.status)
        }
    }

    private func create(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let form = MappingForm(try await request.form())
        guard let object = form.objectName else {
            return .page(ObjectChoicePage(user: user, connection: connection, fault: "Name an object.").html, status: .badRequest)
        }
        do {
            let submission = try MappingSubmission(form.body)
            let made = try await services.createMapping(object, submission.configuration(), of: connection, by: user)
            return .redirect(to: MappingPage.path(made.id))
        } catch let error as ExportFileError {
            return try await page(connection, nil, object: object, user: user, refused: form, fault: "\(error)")
        } catch let error as CatalogError where error.code == .invalid || error.code == .conflict {
            return try await page(connection, nil, object: object, user: user, refused: form, fault: error.message)
        }
    }

    private func edit(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        return try await page(connection, mapping, object: mapping.objectName, user: user)
    }

    private func save(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let form = MappingForm(try await request.form())
        do {
            let submission = try MappingSubmission(form.body)
            _ = try await services.change(mapping, of: connection, by: user, to: submission) { try submission.configuration(changing: $0) }
            return .redirect(to: MappingPage.path(mapping.id))
        } catch let error as ExportFileError {
            return try await page(connection, mapping, object: mapping.objectName, user: user, refused: form, fault: "\(error)")
        } catch let error as CatalogError where error.code == .invalid || error.code == .conflict {
            return try await page(connection, mapping, object: mapping.objectName, user: user, refused: form, fault: error.message)
        }
    }

    /// The form, as the mapping is, or as it was sent and refused.
    private func page(
        _ connection: Connection, _ mapping: Mapping?, object: String, user: User, refused: MappingForm? = nil, fault: String? = nil
    ) async throws -> Response {
        let schema: JSONValue
        switch try await services.schema(of: object, at: connection) {
        case .known(let members): schema = .object(members)
        case .pending:
            return .page(PendingSchemaPage(user: user, connection: connection, objectName: object).html, status: .accepted)
        }
        let config = refused?.body["config"]
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
                fault: fault
            ).html, status: fault == nil ? .ok : .unprocessableContent)
    }
}
