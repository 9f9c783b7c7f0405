import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import Postgres

/// `/api/v3/connections/<id>/schemas/<Object>`: what an object is made of, for who maps it. Each mapping's `schema_url` points here.
///
/// The API calls no org: a worker asks, and what it was told is kept. A client gets 200 with the document, or 202 while nobody has answered;
/// `?refresh=true` asks anew.
struct SchemaRoutes {
    let services: APIServices

    /// A description older than this is asked for anew, and told only where the org gives no newer one in time.
    private static let freshness = Duration.seconds(600)

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/schemas/:object", [.get(.viewer, schema)])
    }

    private func schema(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let object = parameters.get("object") ?? ""
        guard SalesforceName.isObject(object) else {
            throw APIError.badRequest(
                "expected the name of a Salesforce object, of letters, digits and underscores, found \"\(object.prefix(80))\"")
        }
        let known = try await services.catalog.describe(connection.id, object: object, apiVersion: connection.apiVersion)
        let isRefresh = try request.flag("refresh")
        if let known, known.age < Self.freshness, !isRefresh { return try answer(known, object, connection) }
        guard connection.credentialsSealed != nil else {
            throw APIError.conflict(
                "the connection is \(connection.state.rawValue): authorize it at Salesforce before its objects can be read")
        }
        let job = try await services.pool.transaction { session in
            try JobQueue.enqueueOrBringForward(
                [try .describe(connection.id, object: object, apiVersion: connection.apiVersion)], in: session)[0]
        }
        guard let job else { throw APIError.conflict("\(object) is being described just now; ask again") }
        switch try await services.wait(for: job) {
        case .done:
            guard let found = try await services.catalog.describe(connection.id, object: object, apiVersion: connection.apiVersion) else {
                throw APIError.conflict("the connection changed meanwhile; ask again")
            }
            return try answer(found, object, connection)
        case .failed(let reason):
            throw APIError(status: .badGateway, code: "salesforce", message: "\(object) could not be described: \(reason)")
        case .pending:
            if let known { return try answer(known, object, connection) }
            return .accepted(
                job: job,
                ["message": .string("Salesforce has not described \(object) yet; ask again"), "job_url": .string("/api/v3/jobs/\(job)")])
        }
    }

    private func answer(_ known: StoredDescribe, _ object: String, _ connection: Connection) throws -> Response {
        guard let document = known.document else {
            throw APIError.notFound("the org has no object \(object), or the integration user may not see it")
        }
        guard let members = try JSONValue(parsing: document).members else {
            throw CatalogError(code: .corrupt, message: "the stored description of \(object) cannot be read")
        }
        return .json(
            .object(
                members + [
                    .init("api_version", .string(connection.apiVersion)), .init("described_at", .string(Timestamp.iso(known.describedAt))),
                ]))
    }
}
