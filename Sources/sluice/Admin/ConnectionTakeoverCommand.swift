import ArgumentParser
import Catalog
import Foundation
import MappedSchema
import Postgres
import Sync

/// `sluice connection takeover`: makes a mapped schema a connection's own, whoever had it.
struct ConnectionTakeoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "takeover",
        abstract: "Makes the schema that a connection names its own, when another connection or control database has it.",
        discussion: """
            One schema has one owner, recorded in the schema itself (_hcmeta.details). Stop the connection that has it first: it is refused from
            now on. A schema with the records of another org cannot be taken over.

            Example: sluice connection takeover herokuconnect-angular-12345
            """,
        example: "sluice connection takeover sales")

    @Argument(help: "The connection: its id, resource name or name.")
    var connection: String

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let found = try await start.catalog.connection(named: connection)
            let url = try ConnectionAddress.databaseURL(
                of: found, key: start.environment.sealingKey, environment: ProcessInfo.processInfo.environment)
            let ownership = SchemaOwnership(connection: found, controlDatabase: try await start.catalog.controlDatabaseID())
            let target = PostgresPool(
                configuration: try PostgresConfiguration(url: url, applicationName: "sluice takeover"), size: 1,
                logger: start.environment.makeLogger())
            let before: String?
            do {
                before = try await target.transaction { try ownership.takeOver(in: $0) }
                await target.close()
            } catch {
                await target.close()
                throw error
            }
            try await start.catalog.audit(
                found.id, actor: "sluice", action: "connection.takeover",
                details: ["schema_name": .string(found.schemaName), "previous_owner": .optional(before)])
            let goesOn = try await start.catalog.restart(found.id)
            if json {
                print(
                    JSONValue.object([
                        .init("connection", found.summary), .init("previous_owner", .optional(before)), .init("restarted", .bool(goesOn)),
                    ]).prettyText)
            } else {
                let owner = before.map { "; until now it was \($0)'s" } ?? ""
                print("the schema \(found.schemaName) belongs to \(found.name) (\(found.resourceName))\(owner)")
            }
        }
    }
}
