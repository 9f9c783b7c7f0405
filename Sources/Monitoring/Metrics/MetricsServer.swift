import Hummingbird
public import Logging
public import ServiceLifecycle
public import WebServer

/// Serves `/metrics`, `/healthz` and `/readyz`, and nothing else, on a port of its own: for processes that have no other, and for scrapers and
/// probes that should not reach the API.
public struct MetricsServer: Service {
    private let metrics: MetricsConfiguration
    private let readiness: Readiness
    private let host: String
    private let port: Int
    private let limits: ServerLimits
    private let logger: Logger

    /// A server.
    ///
    /// - Parameter readiness: what `/readyz` tells.
    /// - Parameter port: 0 lets the system choose; the log says which.
    /// - Parameter limits: what strangers may take of it; scrapers are few.
    public init(
        metrics: MetricsConfiguration, readiness: Readiness, host: String, port: Int,
        limits: ServerLimits = ServerLimits(maximumConnections: 64), logger: Logger
    ) {
        self.metrics = metrics
        self.readiness = readiness
        self.host = host
        self.port = port
        self.limits = limits
        self.logger = logger
    }

    /// Serves until the process is asked to stop.
    ///
    /// - Throws: when the port is taken.
    public func run() async throws {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ErrorMiddleware())
        let table = RouteTable(router: router)
        MetricsRoute(configuration: metrics).add(to: table)
        HealthRoutes(readiness: readiness).add(to: table)
        let server = GuardedServer(
            responder: router.buildResponder(), host: host, port: port, limits: limits, logger: logger,
            onRunning: { [logger] port in logger.info("Serving metrics", metadata: ["port": "\(port)"]) })
        do {
            try await server.run()
        } catch {
            throw MetricsUnavailable(description: "metrics cannot be served on \(host):\(port): \(error)")
        }
    }
}

/// The address on which metrics were to be served cannot be used.
public struct MetricsUnavailable: Error, CustomStringConvertible {
    /// Names the address, and says why.
    public let description: String
}
