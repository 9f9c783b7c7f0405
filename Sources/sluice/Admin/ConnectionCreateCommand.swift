import ArgumentParser
import Catalog
import Foundation
import Postgres
import Redaction

/// `sluice connection create`: a pair of an org and a schema, to be authorized next.
struct ConnectionCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a connection, which then waits to be authorized at Salesforce.",
        example: "sluice connection create --app shop --name sales --db-key DATABASE_URL")

    @Option(help: "The app that the connection belongs to; access is granted by app.")
    var app: String

    @Option(help: "What people call it; otherwise named after app, database and schema.")
    var name: String?

    @Option(help: "The environment variable that holds the target database's address, on every process.")
    var dbKey: String?

    @Option(help: "The target database's address itself, which is stored sealed.")
    var databaseUrl: Redacted<String>?

    @Option(help: "The schema in which the mapped tables live.")
    var schema = "salesforce"

    @Flag(help: "Print the connection as JSON.")
    var json = false

    func validate() throws {
        guard (dbKey == nil) != (databaseUrl == nil) else { throw ValidationError("expected either --db-key or --database-url") }
        if let databaseUrl { _ = try PostgresConfiguration(url: databaseUrl.wrappedValue) }
    }

    func run() async throws {
        try await AdminStart.run { start in
            let isAllowed = try await start.catalog.databases(app: app).contains { $0.dbKey == dbKey }
            let target: NewConnection.Target = dbKey.map { .key($0) } ?? .url(databaseUrl?.wrappedValue ?? "")
            let key = try await start.verifiedKey()
            let connection = try await start.catalog.createConnection(
                NewConnection(appName: app, name: name, target: target, schemaName: schema), sealingKey: key,
                addresses: ConnectionAddresses(sealingKey: key, environment: ProcessInfo.processInfo.environment))
            try await start.catalog.audit(connection.id, actor: "sluice connection create", action: "connection.create")
            // On stderr, since scripts read the id from stdout.
            if let dbKey, !isAllowed { FileHandle.standardError.write(Data("\(app) may use \(dbKey) from now on\n".utf8)) }
            print(json ? connection.summary.prettyText : connection.id.uuidString.lowercased())
        }
    }
}
