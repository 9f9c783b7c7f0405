package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// A Hummingbird application whose connections are limited in number, time and memory, and which ends in time.
package struct GuardedServer<Responder: HTTPResponder> where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    let responder: Responder
    let host: String
    let port: Int
    let limits: ServerLimits
    let logger: Logger
    /// Is told the port once the server accepts connections.
    let onRunning: @Sendable (Int) async -> Void

    /// A server.
    ///
    /// - Parameter onRunning: is told the port once the server accepts connections.
    package init(
        responder: Responder, host: String, port: Int, limits: ServerLimits, logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void
    ) {
        self.responder = responder
        self.host = host
        self.port = port
        self.limits = limits
        self.logger = logger
        self.onRunning = onRunning
    }

    /// Serves until the process is asked to stop, and then for no longer than `limits.drain`.
    ///
    /// - Throws: when the port is taken.
    package func run() async throws {
        let (application, drain) = (application, limits.drain)
        try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask {
                try await application.run()
                return .ended
            }
            group.addTask {
                guard (try? await gracefulShutdown()) != nil else { return .cancelled }
                // Connections close by themselves in that time; what then still runs waits for something else.
                return (try? await Task.sleep(for: drain + .milliseconds(300))) != nil ? .overdue : .cancelled
            }
            let first = try await group.next()
            group.cancelAll()
            if first == .overdue { logger.warning("Requests were still under way after \(drain) and are called off") }
            do {
                try await group.waitForAll()
            } catch is CancellationError where first == .overdue {
                // As was asked for: the process ends in order.
            }
        }
    }

    private enum Event {
        case ended
        case overdue
        case cancelled
    }

    private var application: Application<Responder> {
        var limits = limits
        limits.maximumConnections = ServerLimits.allowed(limits.maximumConnections)
        let registry = ConnectionRegistry(maximum: limits.maximumConnections)
        return Application(
            responder: responder,
            server: HTTPServerBuilder { [limits] in GuardedHTTPChannel(responder: $0, limits: limits, registry: registry) },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), availableConnectionsDelegate: AcceptanceLimit(registry: registry)),
            onServerRunning: { [logger, onRunning] channel in
                let added = channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackOff(registry: registry, logger: logger), position: .first)
                }
                do {
                    try await added.get()
                } catch {
                    // The channel is closed already: the server ends.
                    logger.debug("The server closed while it started", metadata: ["error": "\(error)"])
                }
                await onRunning(channel.localAddress?.port ?? 0)
            },
            logger: logger)
    }
}
