import Glibc
import HTTPTransport

/// Lets a server's thread wait for what a test's task yields.
final class Gate: Sendable {
    /// POSIX semaphores are made to be shared by threads; the pointer itself never changes.
    private nonisolated(unsafe) let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init(_ permits: AsyncStream<Void>) {
        sem_init(semaphore, 0, 0)
        Task { for await _ in permits { sem_post(semaphore) } }
    }

    func wait() {
        sem_wait(semaphore)
    }
}

extension HTTPClient {
    /// Gives other threads time to get as far as they can, for tests that show where they stop.
    func pause(_ duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }
}

/// A thread outside the cooperative pool, for what blocks.
enum Thread {
    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Work(run)).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, argument)
        pthread_detach(thread)
    }
}
