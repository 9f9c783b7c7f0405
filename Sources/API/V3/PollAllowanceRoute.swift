import Catalog
import HTTPTypes
import Hummingbird
import WebServer

/// `/api/v3/mappings/:mapping/polls`: how often somebody may still ask for a poll.
struct PollAllowanceRoute: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/mappings/:mapping/polls", [.get(.viewer, allowance)])
    }

    private func allowance(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, _) = try await services.mapping(parameters, user)
        let allowance = try await services.catalog.pollAllowance(of: mapping.id)
        return .json([
            "left_today": .integer(allowance.left), "per_day": .integer(allowance.perDay),
            "pause_seconds": .integer(allowance.pause.components.seconds), "next_at": .optional(Timestamp.iso(allowance.nextAt)),
        ])
    }
}

extension PollAllowanceRoute {
    static let documentation = [
        RouteDocumentation(
            .get, "/api/v3/mappings/:mapping/polls", "Tells how many polls may still be asked for today (UTC), and when the next may be.",
            answers: [
                .json(.ok, .object(["left_today": .integer, "per_day": .integer, "pause_seconds": .integer, "next_at": .time.nullable]))
            ])
    ]
}
