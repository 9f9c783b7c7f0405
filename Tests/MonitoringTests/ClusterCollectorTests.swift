import Catalog
import JobQueue
import Monitoring
import Postgres
import Prometheus
import TestDatabase
import Testing

@Suite("What a scrape is told of the cluster")
struct ClusterCollectorTests {
    private static let migrations = JobQueue.migrations + CatalogStore.migrations

    @Test("jobs by kind and state, processes by role, slots and leaders")
    func counts() async throws {
        try await TestDatabase.with(migrations: Self.migrations) { database in
            let pool = database.pool(size: 2)
            let queue = JobQueue(pool: pool)
            _ = try await queue.enqueue([NewJob(kind: "ping"), NewJob(kind: "ping"), NewJob(kind: "ping", runAfter: .seconds(3600))])
            try await WorkerRegistration(role: .worker, concurrency: 4).beat(pool)
            try await WorkerRegistration(role: .worker, concurrency: 6).beat(pool)
            try await pool.withSession { try WorkerRegistration(role: .scheduler).beat(in: $0, leads: true) }
            let lines = await Self.lines(CatalogStore(pool: pool))
            for expected in [
                #"sluice_database_up 1"#, #"sluice_queue_jobs{kind="ping",state="ready"} 2"#,
                #"sluice_queue_jobs{kind="ping",state="scheduled"} 1"#, #"sluice_queue_jobs{kind="ping",state="running"} 0"#,
                #"sluice_processes{role="worker"} 2"#, #"sluice_processes{role="scheduler"} 1"#, "sluice_cluster_slots 10",
                "sluice_cluster_leaders 1", "sluice_queue_failed_jobs 0", "sluice_queue_is_estimated 0",
            ] { #expect(lines.contains(expected), "\(expected) is not in \(lines)") }
        }
    }

    @Test("of a database that does not answer, that alone")
    func down() async throws {
        try await TestDatabase.with(migrations: Self.migrations) { database in
            let pool = database.pool(size: 1)
            await pool.close()
            #expect(await Self.lines(CatalogStore(pool: pool)) == ["sluice_database_up 0"])
        }
    }

    private static func lines(_ catalog: CatalogStore) async -> [String] {
        let registry = PrometheusRegistry()
        registry.add(.cluster(catalog, logger: TestDatabase.quietLogger))
        return await registry.text().split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }
}
