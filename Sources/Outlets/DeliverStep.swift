public import Catalog
import Foundation
public import HTTPTransport
public import JobQueue
public import Secrets

/// Tells an outlet what waits for it, oldest first, and forgets it only afterwards: who dies in between tells it once more.
public struct DeliverStep: Sendable {
    /// One job tells this much at most, so that others have their turn.
    private static let longestRun = Duration.seconds(30)

    private let catalog: CatalogStore
    private let configuration: OutletConfiguration
    private let http: HTTPClient
    private let key: SealingKey
    private let context: JobContext

    /// A delivery by this job.
    public init(catalog: CatalogStore, configuration: OutletConfiguration, http: HTTPClient, key: SealingKey, context: JobContext) {
        self.catalog = catalog
        self.configuration = configuration
        self.http = http
        self.key = key
        self.context = context
    }

    /// The client that requests of outlets go through: directly, so that the address that is connected to is the outlet's own.
    public static func client(_ configuration: OutletConfiguration) -> HTTPClient {
        HTTPClient(configuration: HTTPClientConfiguration(caFile: configuration.caFile, proxy: .none, addresses: configuration.addresses))
    }

    /// Delivers until nothing waits.
    ///
    /// - Throws: `PostgresError`, `CatalogError`, `CancellationError`.
    public func run() async throws -> JobOutcome {
        let args: DeliverArgs = try context.job.decodeArgs()
        guard let outlet = try await catalog.outlet(args.outlet), let connection = try await catalog.connection(outlet.connectionID) else {
            return .completed("the outlet was deleted")
        }
        guard outlet.isEnabled else { return .completed("the outlet is switched off") }
        try await giveUpOld(outlet)
        let sender = OutletSender(outlet: outlet, connection: connection, configuration: configuration, http: http, key: key)
        let end = ContinuousClock.now + Self.longestRun
        var told = 0
        while ContinuousClock.now < end {
            let batch = try await catalog.waitingDeliveries(outlet.id, limit: sender.batch)
            if batch.isEmpty { break }
            do {
                try await sender.tell(batch)
            } catch let error where error is CancellationError || (error as? HTTPTransportError)?.code == .cancelled {
                throw CancellationError()
            } catch {
                return try await fail(batch, outlet, after: told, error)
            }
            try await catalog.noteDelivered(batch.map(\.id), to: outlet)
            told += batch.count
        }
        return .completed("\(told) delivered")
    }

    private func fail(_ batch: [OutletDelivery], _ outlet: Outlet, after told: Int, _ error: any Error) async throws -> JobOutcome {
        let reason = (error as? HTTPTransportError).map { "\($0.code): \($0.message)" } ?? "\(error)"
        let failures = told > 0 ? 1 : outlet.failures + 1
        let pause = RetryPause.after(failures: failures)
        try await catalog.noteFailedDelivery(batch.map(\.id), to: outlet, reason: reason, pause: pause)
        // Said when it begins, not at every attempt; never to a drain about itself.
        if failures == 1, outlet.kind != .drain {
            try await catalog.event(
                .warning, connection: outlet.connectionID, job: context.job.id,
                "The \(outlet.kind.rawValue) \(outlet.target) could not be told, trying again: \(reason)")
        }
        return .completed("\(told) delivered; then attempt \(failures) failed, again in \(pause): \(reason)")
    }

    private func giveUpOld(_ outlet: Outlet) async throws {
        try await catalog.dropDeliveries(to: outlet, olderThan: RetryPause.patience(outlet.kind == .drain))
    }
}
