import Hummingbird
public import Logging
public import ServiceLifecycle

/// Serves `/metrics`, and nothing else, on a port of its own: for processes that have no other, and for scrapers that should not reach the API.
public struct MetricsServer: Service {
    private let metrics: MetricsConfiguration
    private let host: String
    private let port: Int
    private let logger: Logger

    /// A server.
    ///
    /// - Parameter port: 0 lets the system choose; the log says which.
    public init(metrics: MetricsConfiguration, host: String, port: Int, logger: Logger) {
        self.metrics = metrics
        self.host = host
        self.port = port
        self.logger = logger
    }

    /// Serves until the process is asked to stop.
    ///
    /// - Throws: when the port is taken.
    public func run() async throws {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ErrorMiddleware())
        MetricsRoute(configuration: metrics).add(to: RouteTable(router: router))
        let application = Application(
            responder: router.buildResponder(),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { [logger] channel in
                logger.info("Serving metrics", metadata: ["port": "\(channel.localAddress?.port ?? 0)"])
            },
            logger: logger)
        do {
            try await application.run()
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
