import ArgumentParser
import Catalog
import Foundation
import Postgres

/// `sluice abort`: ends what reads a mapping just now.
struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Ends the load or poll of a mapping that waits or runs.",
        discussion: "A mapping that was loaded before is polled again in its time; one that never was waits for a reload.",
        example: "sluice abort Account --connection shop")

    @OptionGroup var options: MappingArguments

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        try await AdminStart.run { start in
            let mapping = try await start.catalog.mapping(named: options.mapping, of: options.connection)
            let jobs = try await start.pool.transaction { session in
                let jobs = try CatalogStore.abort(mapping.id, requestedBy: "sluice abort", in: session)
                try CatalogStore.audit(
                    mapping.connectionID, actor: "sluice abort", action: "mapping.abort",
                    details: ["object_name": .string(mapping.objectName), "jobs": .integer(jobs)], in: session)
                return jobs
            }
            print(
                json
                    ? JSONValue.object([.init("aborted_jobs", .integer(jobs))]).prettyText
                    : "\(mapping.objectName): \(jobs) \(jobs == 1 ? "job is" : "jobs are") ended, or asked to stop")
        }
    }
}
