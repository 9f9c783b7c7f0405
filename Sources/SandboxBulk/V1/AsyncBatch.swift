import SandboxData
import SandboxQuery
package import SandboxStore

/// One batch of a Bulk 1.0 job, and what became of it.
package struct AsyncBatch: Sendable {
    package enum State: String, Sendable {
        case queued = "Queued"
        case inProgress = "InProgress"
        case completed = "Completed"
        case failed = "Failed"
        case notProcessed = "NotProcessed"
    }

    package enum Outcome: Sendable {
        /// The work goes on.
        case pending
        case found(AsyncQueryResult)
        /// In the order of the request.
        case saved([SaveResult])
        case failed(String)
        /// Its work went to other batches, or the job was aborted before.
        case notProcessed
    }

    package struct Counts: Sendable {
        package var processed = 0
        package var failed = 0
        package var milliseconds = 0

        package init(processed: Int = 0, failed: Int = 0, milliseconds: Int = 0) {
            self.processed = processed
            self.failed = failed
            self.milliseconds = milliseconds
        }
    }

    package let id: String
    package let created: Int64
    /// Not told to be complete before this.
    let readyAt: ContinuousClock.Instant
    package private(set) var changed: Int64
    package private(set) var outcome = Outcome.pending
    private var done = Counts()

    init(id: String, created: Int64, readyAt: ContinuousClock.Instant) {
        self.id = id
        self.created = created
        self.changed = created
        self.readyAt = readyAt
    }

    /// The end of the work; a batch that was given up meanwhile stays so.
    package mutating func settle(_ outcome: Outcome, at now: Int64, milliseconds: Int = 0) {
        guard case .pending = self.outcome else { return }
        self.outcome = outcome
        changed = now
        switch outcome {
        case .found(let result): done = Counts(processed: result.rows.count, milliseconds: milliseconds)
        case .saved(let results):
            done = Counts(processed: results.count, failed: results.count { !$0.isSuccess }, milliseconds: milliseconds)
        case .pending, .failed, .notProcessed: break
        }
    }

    /// Gives up what is not told to be complete yet: rows that were written are written, but nobody waits for a query.
    mutating func abort(at instant: ContinuousClock.Instant, now: Int64) {
        if case .found = outcome, instant < readyAt { outcome = .pending }
        settle(.notProcessed, at: now)
    }

    package func state(at now: ContinuousClock.Instant) -> State {
        switch outcome {
        case .notProcessed: .notProcessed
        case .pending: .inProgress
        case _ where now < readyAt: .inProgress
        case .found, .saved: .completed
        case .failed: .failed
        }
    }

    package func counts(at now: ContinuousClock.Instant) -> Counts { state(at: now) == .completed ? done : Counts() }

    package func info(of job: AsyncJob, state: State, at now: ContinuousClock.Instant) -> AsyncInfo {
        let counts = state == .queued ? Counts() : counts(at: now)
        var message = AsyncInfo.Value.absent
        if state == .failed, case .failed(let text) = outcome { message = .text(text) }
        return AsyncInfo(
            name: "batchInfo",
            fields: [
                ("id", .text(id)), ("jobId", .text(job.id)), ("state", .text(state.rawValue)), ("stateMessage", message),
                ("createdDate", .time(created)), ("systemModstamp", .time(state == .queued ? created : changed)),
                ("numberRecordsProcessed", .number(counts.processed)), ("numberRecordsFailed", .number(counts.failed)),
                ("totalProcessingTime", .number(counts.milliseconds)), ("apiActiveProcessingTime", .number(counts.milliseconds)),
                ("apexProcessingTime", .number(0)),
            ])
    }
}
