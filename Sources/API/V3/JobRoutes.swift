import Catalog
import Foundation
import Hummingbird
import JobQueue
import WebServer

/// Jobs, for people and scripts that want to know what became of an action.
struct JobRoutes: RouteGroup {
    let services: APIServices
    private static let states: Set<String> = ["available", "running", "completed", "cancelled", "failed"]

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/jobs", [.get(.viewer, list)])
        table.add("/api/v3/jobs/:job", [.get(.viewer, detail)])
    }

    private func list(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let state = request.parameter("state")
        if let state, !Self.states.contains(state) {
            throw APIError.badRequest(
                "state: expected one of \(Self.states.sorted().joined(separator: ", ")), found \"\(state.prefix(40))\"")
        }
        let mapping = try request.parameter("mapping").map { text in
            guard let id = UUID(uuidString: text) else {
                throw APIError.badRequest("mapping: expected a mapping's id, found \"\(text.prefix(40))\"")
            }
            return id
        }
        let jobs = try await services.jobs(
            connection.id, state: state, mapping: mapping, limit: request.number("limit", default: 100, in: 1...1000))
        return .json([
            "count": .integer(jobs.count), "results": .array(try await services.documents(jobs, for: user.role(on: connection))),
        ])
    }

    private func detail(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (job, connection) = try await services.job(parameters, user)
        return .json(try await services.documents([job], for: user.role(on: connection))[0])
    }
}
