public import JobQueue
public import Logging
public import Postgres
public import ServiceLifecycle

/// Keeps a process's row in `sluice.workers` fresh, for processes that claim no jobs and lead nothing.
public struct HeartbeatService: Service {
    private let registration: WorkerRegistration
    private let pool: PostgresPool
    private let logger: Logger

    /// Beats for one process.
    public init(registration: WorkerRegistration, pool: PostgresPool, logger: Logger) {
        self.registration = registration
        self.pool = pool
        self.logger = logger
    }

    /// Runs until graceful shutdown.
    public func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await registration.beat(pool)
                } catch {
                    if Task.isCancelled { return }
                    logger.warning("The heartbeat could not be written", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(5))
            }
        }
        try? await registration.leave(pool)
    }
}
