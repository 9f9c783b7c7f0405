import ArgumentParser
import Catalog
import Foundation
import Postgres
import Redaction
import SchemaInspection

/// `sluice connection schema`: looks at a schema before a connection uses it.
struct ConnectionSchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract:
            "Tells what stands in a schema, before a connection uses it or while one has it, and what to do about that; changes nothing.",
        discussion: """
            Nothing, nothing in it, what Heroku Connect filled and can be adopted, somebody else's tables, another connection's, or one in which \
            Sluice may make nothing.

            Exit status: 0 when a connection can use the schema as it is, 1 when not.
            """,
        example: "sluice connection schema --db-key DATABASE_URL --schema salesforce")

    @Argument(help: "A connection, by its id, resource name or name, whose schema is meant; otherwise --db-key or --database-url.")
    var connection: String?

    @Option(help: "The environment variable that holds the database's address.")
    var dbKey: String?

    @Option(help: "The database's address itself.")
    var databaseUrl: Redacted<String>?

    @Option(help: "The schema (default: salesforce; of a connection, its own).")
    var schema: String?

    @Flag(help: "Print what was found as JSON.")
    var json = false

    func validate() throws {
        guard [connection != nil, dbKey != nil, databaseUrl != nil].count(where: \.self) == 1 else {
            throw ValidationError("expected one of: a connection, --db-key, --database-url")
        }
        if let databaseUrl { _ = try PostgresConfiguration(url: databaseUrl.wrappedValue) }
    }

    func run() async throws {
        var isUsable = false
        try await AdminStart.run { start in
            let addresses = ConnectionAddresses(
                sealingKey: try await start.verifiedKey(), environment: ProcessInfo.processInfo.environment)
            var found: Connection?
            if let connection { found = try await start.catalog.connection(named: connection) }
            let place = try place(found, addresses)
            // What can be no connection's schema is refused in the words of a new connection.
            let name =
                try schema.map { try NewConnection(appName: "app", target: .key("DATABASE_URL"), schemaName: $0).schemaName }
                ?? found?.schemaName ?? "salesforce"
            let asking = (controlDatabase: try await start.catalog.controlDatabaseID(), connection: found?.id)
            let isTaken = try await start.catalog.holder(of: name, at: place, besides: asking.connection, addresses) != nil
            let pool = PostgresPool(configuration: place, size: 1, logger: start.environment.makeLogger())
            let report: SchemaReport
            do {
                report = try await pool.withSession {
                    try SchemaReport(lookingAt: name, of: place.displayName, asking: asking, isTaken: isTaken, in: $0)
                }
                await pool.close()
            } catch {
                await pool.close()
                throw error
            }
            print(json ? report.document.prettyText : report.text)
            isUsable = report.finding.isUsable
        }
        if !isUsable { throw ExitCode.failure }
    }

    private func place(_ found: Connection?, _ addresses: ConnectionAddresses) throws -> PostgresConfiguration {
        if let found { return try addresses.configuration(of: found) }
        if let databaseUrl { return try PostgresConfiguration(url: databaseUrl.wrappedValue) }
        let key = dbKey ?? ""
        guard let place = addresses.configuration(dbKey: key) else {
            throw ValidationError("--db-key \(key): expected a variable that holds a Postgres URL")
        }
        return place
    }
}
