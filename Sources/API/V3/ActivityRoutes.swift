import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import SyncJournal
import WebServer

/// `/api/v3/connections/:connection/activity`: rows and errors over time, both ways.
struct ActivityRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/activity", [.get(.viewer, history)])
    }

    private func history(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let period: HistoryPeriod = try request.word("period", default: .day)
        let mapping = try await request.mapping("mapping", of: connection, services)
        let buckets = try await services.catalog.activityHistory(connection.id, mapping: mapping?.id, period)
        return .json([
            "period": .string(period.rawValue),
            "span_seconds": .integer(period.span.components.seconds),
            "mapping": mapping.map { ["id": .string($0.id.uuidString.lowercased()), "object_name": .string($0.objectName)] } ?? .null,
            "sf_to_db": Self.series(buckets.filter { $0.direction == .salesforceToDatabase }),
            "db_to_sf": Self.series(buckets.filter { $0.direction == .databaseToSalesforce }),
        ])
    }

    private static func series(_ buckets: [ActivityBucket]) -> JSONValue {
        [
            "rows": .integer(buckets.reduce(0) { $0 + $1.rows }),
            "errors": .integer(buckets.reduce(0) { $0 + $1.errors }),
            "buckets": .array(
                buckets.map {
                    ["start": .string(Timestamp.iso($0.start)), "rows": .integer($0.rows), "errors": .integer($0.errors)]
                }),
        ]
    }
}
