import ArgumentParser
import Catalog
import Foundation

/// `sluice connection list`.
struct ConnectionListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists all connections.",
        example: "sluice connection list --app shop")

    @Option(help: "Only those of this app.")
    var app: String?

    @Flag(help: "Print them as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let connections = try await start.catalog.connections(app: app)
            if json { return print(JSONValue.array(connections.map(\.summary)).prettyText) }
            let rows = connections.map {
                [$0.id.uuidString.lowercased(), $0.name, $0.appName, $0.resourceName, $0.schemaName, $0.state.rawValue]
            }
            print(TextTable(columns: ["ID", "NAME", "APP", "RESOURCE", "SCHEMA", "STATE"], rows: rows).text)
        }
    }
}
