import ArgumentParser
import Catalog
import Cluster
import Foundation
import Sync

/// `sluice connection adopt`: takes over a schema that Heroku Connect filled.
struct ConnectionAdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Takes over a schema that Heroku Connect filled: rows, ids, waiting changes and what users made stay as they are.",
        discussion: """
            No row is written, whatever the size of the tables. Pause Heroku Connect first; --plan tells what would be done, --take-back undoes it
            (pause the connection first). docs/migrating-from-heroku-connect.md walks through it.

            Exit status: 0 when it was done or can be, 1 when something is in the way; then nothing was changed.

            Example: sluice connection adopt herokuconnect-angular-12345 --plan --file <my-app-herokuconnect-angular-12345.json>
            """)

    @Argument(help: "The connection: its id, resource name or name.")
    var connection: String

    @Option(help: "The mappings, as heroku connect:export wrote them; without it, those that the connection has.")
    var file: String?

    @Flag(help: "Only tell what would be done.")
    var plan = false

    @Flag(help: "Undo the adoption: what it made is dropped, what it replaced is put back, its mappings are forgotten.")
    var takeBack = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        if plan, takeBack { throw ValidationError("--plan and --take-back exclude each other") }
        if takeBack, file != nil { throw ValidationError("--file does nothing with --take-back") }
    }

    func run() async throws {
        let export = try file.map { path in
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw ValidationError("--file \(path): expected a file that can be read")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        var isSound = false
        try await AdminStart.run { start in
            let found = try await start.catalog.connection(named: connection)
            let adopter = SchemaAdopter(
                catalog: start.catalog, sealingKey: try await start.verifiedKey(), environment: ProcessInfo.processInfo.environment,
                transport: start.environment.transport, logger: start.environment.makeLogger())
            let args = AdoptArgs(
                mode: takeBack ? .takeBack : plan ? .plan : .adopt, export: export, requestedBy: "sluice connection adopt")
            let report: AdoptionReport
            do {
                report = try await adopter.run(args, of: found)
                await adopter.close()
            } catch {
                await adopter.close()
                throw error
            }
            print(json ? report.document.prettyText : report.text)
            isSound = report.isSound
        }
        if !isSound { throw ExitCode.failure }
    }
}
