import Catalog
import Foundation
import JobQueue
import Postgres

/// What the pages show, read in a few statements.
struct ClusterReading: Sendable {
    /// A process of the cluster.
    struct Worker: Sendable {
        let name: String
        let role: String
        let host: String
        let leads: Bool
        let running: Int
        let concurrency: Int
        let startedAt: Date
    }

    let connections: [Connection]
    let mappings: [UUID: [Mapping]]
    let jobs: [ListedJob]
    let endedJobs: [ListedJob]
    /// nil for whom they are none of his business.
    let workers: [Worker]?
    let events: [Event]

    /// The mapped objects' names by mapping.
    var objectNames: [UUID: String] {
        Dictionary(mappings.values.joined().map { ($0.id, $0.objectName) }, uniquingKeysWith: { first, _ in first })
    }

    static func read(_ connections: [Connection], for user: User, _ services: APIServices) async throws -> ClusterReading {
        let ids = connections.map(\.id)
        let mappings = try await services.catalog.mappings(connections: ids)
        let roles = Dictionary(uniqueKeysWithValues: connections.map { ($0.id, user.role(on: $0)) })
        func seen(_ jobs: [ListedJob]) -> [ListedJob] { jobs.map { $0.seen(by: $0.connectionID.flatMap { roles[$0] ?? nil }) } }
        return try await ClusterReading(
            connections: connections, mappings: Dictionary(grouping: mappings, by: \.connectionID),
            jobs: seen(services.queue.liveJobs(connections: ids, limit: 50)),
            endedJobs: seen(services.queue.endedJobs(connections: ids, limit: 10)),
            workers: user.hasAnywhere(.operator) ? workers(services.pool) : nil,
            events: services.catalog.events(connections: ids, limit: 30))
    }

    private static func workers(_ pool: PostgresPool) async throws -> [Worker] {
        try await pool.query(
            """
            SELECT name, role, host, leads, running, concurrency, sluice.clock() - up_for AS started_at FROM sluice.live_workers ORDER BY role, name
            """
        ).map { row in
            Worker(
                name: try row.decode("name"), role: try row.decode("role"), host: try row.decode("host"), leads: try row.decode("leads"),
                running: try row.decode("running"), concurrency: try row.decode("concurrency"), startedAt: try row.decode("started_at"))
        }
    }
}
