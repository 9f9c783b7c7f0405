public import JobQueue
public import ServiceLifecycle

/// A worker loop as a service: SIGTERM lets running jobs end or hands them back.
public struct WorkerService: Service {
    /// Together with the loop's own patience less than the five seconds after which honcho and foreman lose theirs.
    private static let loginPatience = Duration.milliseconds(1500)

    private let loop: WorkerLoop
    private let handlers: SyncHandlers

    /// Runs a loop over these handlers.
    public init(loop: WorkerLoop, handlers: SyncHandlers) {
        self.loop = loop
        self.handlers = handlers
    }

    /// Runs until graceful shutdown.
    public func run() async {
        await withGracefulShutdownHandler {
            let calls = Task { await handlers.keepCalls() }
            await loop.run()
            calls.cancel()
            await calls.value
            await handlers.close(within: Self.loginPatience)
        } onGracefulShutdown: {
            Task { await loop.stop() }
        }
    }
}
