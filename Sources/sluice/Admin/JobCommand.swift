import ArgumentParser

/// `sluice job`: the queue by hand.
struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "Lists, shows, retries, cancels and enqueues jobs.",
        subcommands: [JobListCommand.self, JobShowCommand.self, JobRetryCommand.self, JobCancelCommand.self, JobEnqueueCommand.self])
}
