public import JobQueue
public import ServiceLifecycle

/// A worker loop as a service: SIGTERM lets running jobs end or hands them back.
public struct WorkerService: Service {
    private let loop: WorkerLoop

    /// Runs a loop.
    public init(loop: WorkerLoop) {
        self.loop = loop
    }

    /// Runs until graceful shutdown.
    public func run() async {
        await withGracefulShutdownHandler {
            await loop.run()
        } onGracefulShutdown: {
            Task { await loop.stop() }
        }
    }
}
