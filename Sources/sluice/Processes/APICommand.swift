import API
import ArgumentParser
import Catalog
import Cluster
import Dashboard
import Foundation
import HTTPTransport
import JobQueue
import Logging
import WebServer

/// `sluice api`: the HTTP API, the dashboard and health.
struct APICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api", abstract: "Serves the HTTP API and the dashboard.",
        example: "PORT=8080 sluice api --metrics-port 9100")

    @Option(help: "Port to listen on; the environment variable PORT, or 8080, when it is not given.")
    var port: Int?

    @Option(help: "Address to listen on.")
    var host = "0.0.0.0"

    @OptionGroup var metrics: MetricsOptions

    func run() async throws {
        let variables = ProcessInfo.processInfo.environment
        let port = try port ?? ControlEnvironment.port(default: 8080)
        let limits = ServerLimits(maximumConnections: try ServerOptions.maximumConnections(variables))
        let region = try ServerOptions.region(variables)
        let hasStyleguide = try ServerOptions.hasStyleguide(variables)
        let start = try ProcessStart("api", poolSize: 8, metrics: metrics)
        let registration = WorkerRegistration(role: .api)
        var logger = start.logger
        logger[metadataKey: "worker"] = "\(registration.name)"
        let signIn = try SignInOptions(variables)
        let http = HTTPClient(configuration: start.environment.transport)
        defer { http.shutdown() }
        var configuration = APIConfiguration(
            host: host, port: port, publicURL: variables["SLUICE_PUBLIC_URL"], environment: variables, metrics: start.metrics,
            limits: limits, region: region, rates: try ServerOptions.rates(variables), hidden: try ServerOptions.hidden(variables),
            loginHosts: signIn.loginHosts, readiness: start.readiness, app: signIn.app)
        configuration.outlets = start.environment.outlets
        let server = APIServer(
            catalog: CatalogStore(pool: start.pool), sealingKey: start.environment.sealingKey, configuration: configuration,
            signIn: SalesforceSignIn(
                catalog: CatalogStore(pool: start.pool), sealingKey: start.environment.sealingKey, http: http, app: signIn.app,
                jwtKey: signIn.jwtKey),
            pages: { DashboardRoutes(catalog: $0, api: $1, hasStyleguide: hasStyleguide, logger: $2) },
            logger: logger)
        let heartbeat = HeartbeatService(registration: registration, pool: start.pool, logger: logger)
        try await start.run(server, heartbeat)
    }
}
