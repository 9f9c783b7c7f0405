import Catalog
import HTTPTypes
import Hummingbird
import Postgres
import WebServer

/// `/api/v3/mappings/:mapping/actions/abort`: ends what reads a mapping just now.
struct AbortRoute: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/mappings/:mapping/actions/abort", [.post(.operator, abort)])
    }

    private func abort(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let jobs = try await services.pool.transaction { session in
            let jobs = try CatalogStore.abort(mapping.id, requestedBy: user.email, in: session)
            try CatalogStore.audit(
                connection.id, actor: user.email, action: "mapping.abort",
                details: ["object_name": .string(mapping.objectName), "jobs": .integer(jobs)], in: session)
            return jobs
        }
        return .json(["aborted_jobs": .integer(jobs)], status: .accepted)
    }
}
