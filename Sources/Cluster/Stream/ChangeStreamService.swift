import Catalog
import Foundation
public import Logging
public import ServiceLifecycle
import SyncJournal

/// Listens to the change events of orgs for as long as the process lives: for each connection with accelerated mappings one process, by a lease, beside
/// the slots in which jobs run.
public struct ChangeStreamService: Service {
    /// How it goes about it.
    public struct Configuration: Sendable {
        /// How long a lease lasts: so long after a process died, another listens. It is renewed three times in that time, and looked then whether other
        /// mappings are to be listened to.
        public var lease = Duration.seconds(30)
        /// How often it is looked whether there is a connection that nobody listens for.
        public var look = Duration.seconds(3)
        /// Rests after a failure, the first; each further one is twice as long, up to `longestRest`.
        public var rest = Duration.seconds(5)
        /// The longest rest. What the org refuses is asked for again after it.
        public var longestRest = Duration.seconds(600)
        /// Connections that one process listens for at most.
        public var most = 200

        /// The usual configuration.
        public init() {}
    }

    private let handlers: SyncHandlers
    private let worker: String
    private let configuration: Configuration
    private let logger: Logger

    /// A service over what the process's handlers share.
    ///
    /// - Parameter worker: the process's name, for people who look at `sluice.streams`.
    public init(handlers: SyncHandlers, worker: String, configuration: Configuration = Configuration(), logger: Logger) {
        self.handlers = handlers
        self.worker = worker
        self.configuration = configuration
        self.logger = logger
    }

    /// Runs until graceful shutdown; leases are given back.
    public func run() async {
        await cancelWhenGracefulShutdown { await listen() }
    }

    /// Runs until the task is cancelled.
    public func listen() async {
        await withDiscardingTaskGroup { group in
            let held = HeldStreams()
            while !Task.isCancelled {
                do {
                    if await held.count < configuration.most,
                        let lease = try await handlers.catalog.claimStream(
                            worker: worker, lease: configuration.lease, excluding: try await handlers.unserved.left())
                    {
                        await held.add(lease.connectionID)
                        group.addTask {
                            await ConnectionListener(handlers: handlers, lease: lease, configuration: configuration, logger: logger).run()
                            await held.remove(lease.connectionID)
                        }
                        continue
                    }
                } catch {
                    if Task.isCancelled { break }
                    logger.warning("Streams could not be claimed", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: configuration.look)
            }
        }
    }
}

/// The connections that a process listens for.
private actor HeldStreams {
    private var connections: Set<UUID> = []

    var count: Int { connections.count }

    func add(_ id: UUID) { connections.insert(id) }
    func remove(_ id: UUID) { connections.remove(id) }
}
