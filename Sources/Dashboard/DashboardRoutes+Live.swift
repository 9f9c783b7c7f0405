import Catalog
import Foundation
import Hummingbird
import WebServer

/// What keeps open pages fresh.
extension DashboardRoutes {
    func addLive(to table: RouteTable) {
        table.add("/stream", [.page(.signedIn, followAll)])
        table.add("/connections/:connection/stream", [.page(.viewer, followOne)])
    }

    static let livePages: [RouteDocumentation] = [
        RouteDocumentation(.get, "/stream", "Tells an open page of all connections that there is something new.", answers: [stream]),
        RouteDocumentation(
            .get, "/connections/:connection/stream", "Tells an open page of a connection that there is something new.", answers: [stream]),
    ]

    private static let stream = RouteDocumentation.Answer.text(.ok, type: "text/event-stream", "An event `change` each time.")

    private func followAll(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let visible = try await catalog.connections(visibleTo: user).map(\.id)
        return ChangeStream(changes: try await feed.follow(Set(visible))).response
    }

    private func followOne(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        ChangeStream(changes: try await feed.follow([catalog.connection(parameters, user).id])).response
    }
}
