import Logging
import Postgres

/// Completes jobs in batches: what comes in while one statement runs goes into the next. A job
/// counts as ended when its completion has been acknowledged; its worker takes only so many more before that.
actor CompletionBatcher {
    /// Completions in one statement.
    private static let largestBatch = 1000
    /// Statements that follow one another faster than this would record a job or two each.
    private static let pause = Duration.milliseconds(4)
    private static let smallBatch = 50

    private let queue: JobQueue
    /// How long an outage is waited out: after that the leases are gone anyway.
    private let patience: Duration
    private let logger: Logger
    private var pending: [(completion: JobQueue.Completion, acknowledged: CheckedContinuation<Void, Never>)] = []
    private var isFlushing = false
    private var lastFlush: ContinuousClock.Instant?

    init(queue: JobQueue, patience: Duration, logger: Logger) {
        self.queue = queue
        self.patience = patience
        self.logger = logger
    }

    /// Returns once the completion is recorded, or cannot be.
    func complete(_ completion: JobQueue.Completion) async {
        await withCheckedContinuation { continuation in
            pending.append((completion, continuation))
            guard !isFlushing else { return }
            isFlushing = true
            // Detached from the job that happened to come first, whose cancellation must not reach the others' records.
            Task.detached { await self.flush() }
        }
    }

    private func flush() async {
        while !pending.isEmpty {
            if let lastFlush, pending.count < Self.smallBatch {
                let rest = Self.pause - (ContinuousClock.now - lastFlush)
                if rest > .zero { try? await Task.sleep(for: rest, tolerance: .zero) }
            }
            lastFlush = .now
            let batch = Array(pending.prefix(Self.largestBatch))
            pending.removeFirst(batch.count)
            await record(batch.map(\.completion))
            for entry in batch { entry.acknowledged.resume() }
        }
        isFlushing = false
    }

    private func record(_ completions: [JobQueue.Completion]) async {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                let counted = try await queue.complete(completions)
                if counted.count < completions.count {
                    logger.warning(
                        "Jobs ended after their lease was lost; their end does not count",
                        metadata: ["jobs": "\(completions.count - counted.count)"])
                }
                return
            } catch let error as PostgresError where error.isRetryable && ContinuousClock.now < deadline {
                try? await Task.sleep(for: .milliseconds(200))
            } catch {
                logger.error(
                    "Jobs' ends could not be recorded; their leases will lapse",
                    metadata: ["jobs": "\(completions.count)", "error": "\(error)"])
                return
            }
        }
    }
}
