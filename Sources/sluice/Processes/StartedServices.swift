import API
import Foundation
import Logging
import Monitoring
import ServiceLifecycle
import Synchronization

/// A process's services, once what they wait for is there.
final class StartedServices: Service {
    private let waiting: @Sendable () async throws -> Void
    private let services: [any Service]
    private let readiness: Readiness
    private let probes: ProbeService?
    private let logger: Logger
    private let hasStarted = Mutex(false)

    init(
        waiting: @escaping @Sendable () async throws -> Void, services: [any Service], readiness: Readiness, probes: ProbeService?,
        logger: Logger
    ) {
        self.waiting = waiting
        self.services = services
        self.readiness = readiness
        self.probes = probes
        self.logger = logger
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await cancelWhenGracefulShutdown { [waiting] in try await waiting() }
            hasStarted.withLock { $0 = true }
            readiness.enter(.working)
            let configuration = ServiceGroupConfiguration(
                services: services.map {
                    .init(
                        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                }, logger: logger)
            try await ServiceGroup(configuration: configuration).run()
        } onGracefulShutdown: {
            self.readiness.enter(.draining)
            // Until services run there is nothing to end in order, and a connection that is being made may take long to give up.
            if !self.hasStarted.withLock({ $0 }), self.probes?.hasFailed != true { _exit(0) }
        }
    }
}
