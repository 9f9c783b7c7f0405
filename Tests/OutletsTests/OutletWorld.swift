import Catalog
import Foundation
import HTTPTransport
import JobQueue
import Outlets
import Postgres
import Secrets
import TestDatabase
import Testing

/// A connection, and workers that tell its outlets.
struct OutletWorld: Sendable {
    let pool: PostgresPool
    let store: CatalogStore
    let connection: Connection
    let key: SealingKey
    let configuration: OutletConfiguration

    static func with(
        configuration: OutletConfiguration? = nil, _ body: @Sendable (OutletWorld) async throws -> Void
    ) async throws {
        let networks = ["127.0.0.0/8"].compactMap { Network($0) }
        let configuration = configuration ?? OutletConfiguration(addresses: AddressPolicy(allowed: networks))
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let store = CatalogStore(pool: database.pool())
            let key = try SealingKey(base64: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
            let connection = try await store.createConnection(
                NewConnection(appName: "shop", name: "shop", target: .key("DATABASE_URL"), schemaName: "salesforce"), sealingKey: key)
            try await store.setConnectionState(connection.id, .idle)
            try await body(OutletWorld(pool: store.pool, store: store, connection: connection, key: key, configuration: configuration))
        }
    }

    func outlet(
        _ kind: OutletKind, _ address: String, events: [OutletEvent] = [.notification], level: EventLevel = .info
    ) async throws -> (outlet: Outlet, secret: String?) {
        let parsed = try OutletAddress(address, kind: kind, policy: configuration.addresses)
        return try await store.makeOutlet(
            NewOutlet(kind: kind, address: address, target: parsed.target, events: kind == .drain ? [] : events, level: level),
            of: connection.id, by: "ann", key: key)
    }

    /// Tells what is due, as scheduler and worker do.
    ///
    /// - Returns: what became of the jobs.
    @discardableResult
    func deliver() async throws -> [String] {
        try await pool.transaction { try CatalogStore.enqueueDueDeliveries(in: $0) }
        let queue = JobQueue(pool: pool)
        let ids: [Int64] = try await pool.query("SELECT id FROM sluice.jobs WHERE state = 'available'").map { try $0.decode("id") }
        let handler = JobHandler(kind: JobKind.deliver.rawValue) { [store, configuration, key] context in
            try await DeliverStep(
                catalog: store, configuration: configuration, http: DeliverStep.client(configuration), key: key, context: context
            ).run()
        }
        var loopConfiguration = WorkerLoop.Configuration()
        loopConfiguration.stopGrace = .seconds(5)
        let loop = WorkerLoop(queue: queue, handlers: [handler], configuration: loopConfiguration, logger: TestDatabase.quietLogger)
        let running = Task { await loop.run() }
        var outcomes: [String] = []
        for id in ids {
            while try await pool.query("SELECT FROM sluice.finished_jobs WHERE id = \(id)").isEmpty {
                try await Task.sleep(for: .milliseconds(20))
            }
            outcomes.append(
                try await pool.query("SELECT coalesce(outcome, last_error, '') AS text FROM sluice.finished_jobs WHERE id = \(id)")[0]
                    .decode("text"))
        }
        await loop.stop()
        await running.value
        return outcomes
    }
}
