import Catalog
import Hummingbird
import WebServer

/// `/api/v3/mappings…`: detail, deletion and the actions.
struct MappingRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        let edits = MappingEditRoutes(services: services)
        table.add(
            "/api/v3/mappings/:mapping",
            [.get(.viewer, detail), .put(.admin, edits.replace), .patch(.admin, edits.change), .delete(.admin, delete)])
        for action in MappingAction.allCases {
            table.add(
                "/api/v3/mappings/:mapping/actions/\(action.rawValue)",
                [
                    .post(.operator) { [services] _, parameters, user in
                        let (mapping, connection) = try await services.mapping(parameters, user)
                        return try await .accepted(job: services.perform(action, on: mapping, of: connection, by: user))
                    }
                ])
        }
    }

    private func detail(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        return .json(services.document(mapping, connection, request))
    }

    private func delete(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        try await services.delete(mapping, of: connection, by: user)
        return Response(status: .noContent)
    }
}
