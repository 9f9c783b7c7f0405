import ArgumentParser
import Catalog
import Cluster
import Foundation
import Postgres

/// `sluice doctor`: what is wrong with this installation, and what to do about it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Looks for trouble: configuration, databases, processes, Salesforce; changes nothing.",
        discussion: """
            Exit status: 0 when all is well, 1 with warnings, 2 with errors. Each finding names what to do. heroku connect:diagnose tells the same of
            one connection.

            Example: sluice doctor --json | jq '.findings[] | select(.verdict == "error")'
            """,
        example: "sluice doctor --connection sales --verbose")

    @Option(help: "Only this connection: its id, resource name or name.")
    var connection: String?

    @Flag(help: "Print the findings as JSON, also what is in order.")
    var json = false

    @Flag(name: .shortAndLong, help: "Tell also what is in order and what could not be looked at.")
    var verbose = false

    func run() async throws {
        let report = try await examine()
        print(json ? report.document.prettyText : report.text(isVerbose: verbose))
        if report.status != 0 { throw ExitCode(report.status) }
    }

    private func examine() async throws -> DoctorReport {
        let variables = ProcessInfo.processInfo.environment
        let environment: ControlEnvironment
        do {
            environment = try ControlEnvironment(for: "doctor", variables)
        } catch {
            var report = DoctorReport()
            let rule = DiagnosisRule("CONFIGURATION_MUST_BE_SOUND", "Configuration")
            report.add([rule.error(error.message, remedy: "set the variable; config/sluice.env lists all of them")])
            return report
        }
        let pool = try environment.makePool(size: 1)
        let doctor = InstallationDoctor(
            catalog: CatalogStore(pool: pool), sealingKey: environment.sealingKey, environment: variables, transport: environment.transport,
            logger: environment.makeLogger())
        do {
            let report = try await doctor.examine(pending: { try await MigrateCommand.migrator.pending(pool) }, connection: connection)
            await doctor.close()
            await pool.close()
            return report
        } catch {
            await doctor.close()
            await pool.close()
            throw error
        }
    }
}
