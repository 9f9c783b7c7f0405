import ArgumentParser
import Catalog
import Foundation

/// Keeps a Salesforce org and a Postgres database in step. Configured by environment variables: config/sluice.env lists them.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Keeps a Salesforce org and a Postgres database in step, both ways.", version: SluiceVersion.number,
        subcommands: [
            MigrateCommand.self, SchedulerCommand.self, WorkerCommand.self, APICommand.self, AppCommand.self, ConnectionCommand.self,
            UserCommand.self, JobCommand.self, VerifyCommand.self, AbortCommand.self, StatusCommand.self, DoctorCommand.self,
        ]
    )

    static func main() async {
        ProcessConditions.settle()
        do {
            if let shortage = ProcessConditions.shortage(of: ProcessConditions.leastOpenFiles) {
                throw ConfigurationFault(message: shortage).report()
            }
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(by: error)
        }
    }

    /// Help and the version go to standard output as they are; what went wrong is one line, which ends what it quotes of others on that line.
    private static func end(by error: any Error) -> Never {
        let code = exitCode(for: error)
        guard code != .success, !(error is ExitCode) else { exit(withError: error) }
        let message = message(for: error).split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }.joined(separator: " ")
        ConfigurationFault(message: message.isEmpty ? "\(error)" : message).say(as: "Error")
        exit(withError: code)
    }
}
