import ArgumentParser

// queue-probe: the job queue in processes of its own, with jobs that only wait, fail or crash as told. Tests, chaos and benchmarks
// drive it; it is no part of production. It knows `JobQueue` and Postgres, nothing of Salesforce.

/// Runs and enqueues synthetic jobs. The database is named by DATABASE_URL.
@main
struct QueueProbe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue-probe",
        abstract: "Runs and enqueues synthetic jobs through the job queue, for tests, chaos and benchmarks.",
        subcommands: [
            PrepareCommand.self, ProbeWorkerCommand.self, EnqueueCommand.self, PaceCommand.self, ClaimCommand.self, ChurnCommand.self,
            RawCommand.self,
        ]
    )
}
