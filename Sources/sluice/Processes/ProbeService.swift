import API
import Monitoring
import ServiceLifecycle
import Synchronization

/// The server of metrics and probes, which remembers that it failed.
final class ProbeService: Service {
    private let server: MetricsServer
    private let failed = Mutex(false)

    init(server: MetricsServer) {
        self.server = server
    }

    /// Whether the process ends because of it.
    var hasFailed: Bool { failed.withLock { $0 } }

    func run() async throws {
        do {
            try await server.run()
        } catch {
            failed.withLock { $0 = true }
            throw error
        }
    }
}
