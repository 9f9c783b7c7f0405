import Catalog
import Foundation
import JobQueue
import Postgres
import WebServer

/// What the pages show, read in a few statements.
struct ClusterReading: Sendable {
    let connections: [Connection]
    let mappings: [UUID: [Mapping]]
    let jobs: [ListedJob]
    let endedJobs: [ListedJob]
    /// Those that gave up, however many ended well since; none where they were not asked for.
    let failedJobs: [ListedJob]
    /// nil for whom they are none of his business.
    let workers: [JobQueue.Process]?

    /// The mapped objects' names by mapping.
    var objectNames: [UUID: String] {
        Dictionary(mappings.values.joined().map { ($0.id, $0.objectName) }, uniquingKeysWith: { first, _ in first })
    }

    static func read(
        _ connections: [Connection], for user: User, _ catalog: CatalogStore, withFailed: Bool = false
    ) async throws -> ClusterReading {
        let ids = connections.map(\.id)
        let queue = JobQueue(pool: catalog.pool)
        let mappings = try await catalog.mappings(connections: ids)
        let roles = Dictionary(uniqueKeysWithValues: connections.map { ($0.id, user.role(on: $0)) })
        func seen(_ jobs: [ListedJob]) -> [ListedJob] {
            // Which of the cluster's processes runs a job, viewers are not told.
            jobs.map { job in
                var job = job
                if job.connectionID.flatMap({ roles[$0] ?? nil }) ?? .viewer == .viewer { job.worker = nil }
                return job
            }
        }
        return try await ClusterReading(
            connections: connections, mappings: Dictionary(grouping: mappings, by: \.connectionID),
            jobs: seen(queue.liveJobs(connections: ids, limit: 50)),
            endedJobs: seen(queue.endedJobs(connections: ids, limit: 10)),
            failedJobs: withFailed ? seen(queue.endedJobs(connections: ids, state: "failed", limit: 10)) : [],
            workers: user.hasAnywhere(.operator) ? queue.processes() : nil)
    }
}
