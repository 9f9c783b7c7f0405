import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import Postgres
import WebServer

/// Making and changing mappings one by one: `POST …/mappings`, `PUT` and `PATCH /mappings/<id>`.
struct MappingEditRoutes {
    let services: APIServices

    /// `{"object_name", "config"}` makes a mapping; its first load begins at once.
    func create(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let submission = try await submission(request)
        guard let objectName = submission.objectName else {
            throw APIError.badRequest("object_name: expected the name of a Salesforce object, found nothing", code: "badconfig")
        }
        let config = try submission.configuration()
        return created(try await services.createMapping(objectName, config, of: connection, by: user), connection, request)
    }

    private func created(_ mapping: Mapping, _ connection: Connection, _ request: Request) -> Response {
        var response = Response.json(services.document(mapping, connection, request), status: .created)
        response.headers[.location] = "/api/v3/mappings/\(mapping.id.uuidString.lowercased())"
        return response
    }

    /// Replaces the configuration as a whole. The revision keeps two people from undoing each other's changes unseen.
    func replace(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let submission = try await submission(request)
        guard submission.revision != nil else {
            throw APIError.badRequest("revision: expected the mapping's revision as it was read, found nothing", code: "badconfig")
        }
        return try await change(mapping, connection, submission, request, user) { _ in try submission.configuration() }
    }

    /// Changes the options that are named and leaves the others; a revision is checked when it is sent.
    func change(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let submission = try await submission(request)
        return try await change(mapping, connection, submission, request, user) { try submission.configuration(changing: $0) }
    }

    private func change(
        _ mapping: Mapping, _ connection: Connection, _ submission: MappingSubmission, _ request: Request, _ user: User,
        to configuration: @escaping @Sendable (MappingConfig) throws -> MappingConfig
    ) async throws -> Response {
        let changed = try await services.change(mapping, of: connection, by: user, to: submission, configuration)
        return .json(services.document(changed, connection, request))
    }

    // Inlined, it makes the compiler of 6.3 crash while it splits the coroutine.
    @inline(never)
    private func submission(_ request: Request) async throws -> MappingSubmission {
        guard let body = try await request.jsonObject() else {
            throw APIError.badRequest("the body: expected a JSON object with object_name and config, found nothing", code: "badconfig")
        }
        return try MappingSubmission(body)
    }
}

extension APIServices {
    /// Makes a mapping; its first load begins at once.
    func createMapping(_ objectName: String, _ config: MappingConfig, of connection: Connection, by user: User) async throws -> Mapping {
        try await pool.transaction { session in
            let made = try CatalogStore.createMapping(
                connection.id, objectName: objectName, config: config, requestedBy: user.email, in: session)
            try CatalogStore.audit(
                connection.id, actor: user.email, action: "mapping.create",
                details: ["object_name": .string(objectName), "after": made.config.document], in: session)
            return made
        }
    }

    /// Gives a mapping the configuration that `configuration` makes of the one that it has.
    ///
    /// - Parameter submission: names the revision that was seen, and no other object.
    func change(
        _ mapping: Mapping, of connection: Connection, by user: User, to submission: MappingSubmission,
        _ configuration: @escaping @Sendable (MappingConfig) throws -> MappingConfig
    ) async throws -> Mapping {
        if let name = submission.objectName, name.lowercased() != mapping.objectName.lowercased() {
            throw APIError.badRequest(
                "object_name: expected \(mapping.objectName), which a mapping keeps, found \(name); map the other object instead",
                code: "badconfig")
        }
        return try await pool.transaction { session in
            let (before, after) = try CatalogStore.changeMapping(
                mapping.id, expecting: submission.revision, requestedBy: user.email, in: session, to: configuration)
            try CatalogStore.audit(
                connection.id, actor: user.email, action: "mapping.change",
                details: [
                    "object_name": .string(mapping.objectName), "before": before.config.document, "after": after.config.document,
                ], in: session)
            return after
        }
    }

    /// A mapping as the API tells it to the client of a request.
    func document(_ mapping: Mapping, _ connection: Connection, _ request: Request) -> JSONValue {
        MappingDocument(mapping: mapping, connection: connection, base: baseURL(request)).value
    }
}
