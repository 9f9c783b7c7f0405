import API
import ArgumentParser
import Catalog
import Foundation
import Logging
import Postgres

/// `sluice api`: the HTTP API and the dashboard.
struct APICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "api", abstract: "Serves the HTTP API and the dashboard.")

    @Option(help: "The port to listen on; otherwise PORT, otherwise 5000.")
    var port: Int?

    func validate() throws {
        if let port, !(0...65535).contains(port) { throw ValidationError("--port \(port): expected 0 to 65535") }
    }

    func run() async throws {
        let variables = ProcessInfo.processInfo.environment
        let port = try self.port ?? ControlEnvironment.port(variables, default: 5000)
        let start = try await ProcessStart("api", poolSize: 8)
        let configuration = APIConfiguration(
            port: port, publicURL: variables["SLUICE_PUBLIC_URL"].flatMap { $0.isEmpty ? nil : $0 }, environment: variables)
        try await start.run(
            APIServer(
                catalog: CatalogStore(pool: start.pool), sealingKey: start.environment.sealingKey, configuration: configuration,
                logger: start.logger,
                onRunning: { [logger = start.logger] port in logger.info("The API listens", metadata: ["port": "\(port)"]) }))
    }
}
