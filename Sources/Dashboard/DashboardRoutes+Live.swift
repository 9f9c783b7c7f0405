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
        try await follow(Set(catalog.connections(visibleTo: user).map(\.id)))
    }

    private func followOne(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        try await follow([catalog.connection(parameters, user).id])
    }

    private func follow(_ connections: Set<UUID>) async throws -> Response {
        EventStream(try await feed.follow(connections)) { $0.news != nil || $0.hasGap ? "event: change\ndata: {}\n\n" : "" }.response
    }
}
