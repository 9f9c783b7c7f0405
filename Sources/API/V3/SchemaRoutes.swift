import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import Postgres
import WebServer

/// `/api/v3/connections/<id>/schemas/<Object>`: what an object is made of, for who maps it. Each mapping's `schema_url` points here.
///
/// The API calls no org: a worker asks, and what it was told is kept. A client gets 200 with the document, or 202 while nobody has answered;
/// `?refresh=true` asks anew.
struct SchemaRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/schemas/:object", [.get(.viewer, schema)])
    }

    private func schema(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let object = parameters.get("object") ?? ""
        switch try await services.schema(of: object, at: connection, isRefresh: request.flag("refresh")) {
        case .known(let members): return .json(.object(members))
        case .pending(let job):
            return .accepted(
                job: job,
                ["message": .string("Salesforce has not described \(object) yet; ask again"), "job_url": .string("/api/v3/jobs/\(job)")])
        }
    }
}
