import ArgumentParser

/// Keeps a Salesforce org and a Postgres database in step. Configured by environment variables: config/sluice.env lists them.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Keeps a Salesforce org and a Postgres database in step, both ways.",
        subcommands: [
            MigrateCommand.self, SchedulerCommand.self, WorkerCommand.self, APICommand.self, AppCommand.self, ConnectionCommand.self,
            UserCommand.self, JobCommand.self, VerifyCommand.self, AbortCommand.self, StatusCommand.self, DoctorCommand.self,
        ]
    )

    static func main() async {
        ProcessConditions.settle()
        if let shortage = ProcessConditions.shortage(of: ProcessConditions.leastOpenFiles) {
            exit(withError: ConfigurationFault(message: shortage).report())
        }
        await main(nil)
    }
}
