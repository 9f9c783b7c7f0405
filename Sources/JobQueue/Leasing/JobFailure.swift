/// What a handler throws to say more than "it failed".
public enum JobFailure: Error, Sendable, CustomStringConvertible {
    /// No retry can help: the job ends as failed at once.
    case permanent(String)
    /// Try again, not before this long, whatever the ordinary backoff says.
    case retry(after: Duration, String)
    /// This process cannot run it, but another may: the job waits again as it was, and this worker leaves its connection's jobs to others until
    /// it looks again at what it serves.
    case elsewhere(String)

    /// The message, as it is stored in `last_error`.
    public var description: String {
        switch self {
        case .permanent(let message), .retry(_, let message), .elsewhere(let message): message
        }
    }
}

/// How a handler ended without an error.
public enum JobOutcome: Sendable, Equatable {
    /// Done; the text is shown to people as the job's outcome.
    case completed(String?)
    /// Done, and the job's end is committed with its effect (`JobQueue.end`).
    case ended
    /// Nothing went wrong but there is more to do later: run again after this long, from the progress saved. Costs no attempt.
    case snooze(Duration)
}

/// The lease of a job was lost: another worker may run it by now, and nothing more may be done under it.
public struct LeaseLost: Error, Sendable, CustomStringConvertible {
    /// The lease that is gone.
    public let lease: Lease

    /// Names the job.
    public var description: String { "the lease on job \(lease.jobID) was lost" }
}
