import Logging
import Postgres

/// Writes down how a job ended other than by completion, which is batched.
struct OutcomeRecorder: Sendable {
    let job: Job
    let queue: JobQueue
    let logger: Logger

    private static let elsewherePause = Duration.seconds(5)

    /// - Throws: `PostgresError`.
    func write(_ result: Result<JobOutcome, any Error>, wasCancelled: Bool) async throws {
        switch result {
        case .success(.completed(let outcome)):
            try await queue.complete([.init(lease: job.lease, outcome: outcome)])
        case .success(.ended):
            break
        case .success(.snooze(let delay)):
            do {
                try await queue.snooze(job.lease, for: delay)
            } catch is LeaseLost {
                logger.warning("The lease was lost before the job could wait")
            }
        case .failure(let error as LeaseLost):
            logger.warning("The job stopped: its lease was lost", metadata: ["error": "\(error)"])
        case .failure(JobFailure.permanent(let message)):
            logger.error("Job failed for good", metadata: ["error": "\(message)"])
            try await queue.fail(job.lease, error: message, permanent: true)
        case .failure(JobFailure.retry(let delay, let message)):
            logger.warning("Job failed, will try again", metadata: ["error": "\(message)"])
            try await queue.fail(job.lease, error: message, delay: delay)
        case .failure(JobFailure.elsewhere(let message)):
            logger.warning("The job is left to another worker", metadata: ["error": "\(message)"])
            guard job.connectionID == nil else { return _ = try await queue.handBack([job.lease]) }
            // Nothing keeps this worker from taking it again, so that it had better wait.
            try await queue.snooze(job.lease, for: Self.elsewherePause)
        case .failure(let error) where error is CancellationError || (error as? PostgresError)?.code == .cancelled:
            if wasCancelled {
                try await queue.fail(job.lease, error: "cancelled while it ran", permanent: true)
            } else {
                try await queue.handBack([job.lease])
            }
        case .failure(let error):
            logger.warning("Job failed", metadata: ["error": "\(error)"])
            try await queue.fail(job.lease, error: "\(error)")
        }
    }
}
