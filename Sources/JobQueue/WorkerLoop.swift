import Foundation
public import Logging
import Postgres

/// Claims jobs and runs them, as many at a time as there are slots, until it is told to stop. An outage of the database is waited out:
/// the loop never ends because of one.
public actor WorkerLoop {
    /// How the loop behaves.
    public struct Configuration: Sendable {
        /// Jobs run at a time.
        public var concurrency = 4
        /// How long a lease lasts without renewal: the time after which a dead worker's jobs run elsewhere. Renewed every third of it.
        public var lease = Duration.seconds(15)
        /// The longest pause between two looks at the queue when no notification comes.
        public var pollInterval = Duration.seconds(5)
        /// How long running jobs may go on after a stop before they are cancelled and handed back.
        public var stopGrace = Duration.seconds(8)
        /// Whether to LISTEN; false where a pooler stands between, which loses notifications.
        public var listens = true

        /// The defaults.
        public init() {}
    }

    private let queue: JobQueue
    private let handlers: [String: JobHandler]
    private let configuration: Configuration
    private let registration: WorkerRegistration
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let signal = WakeSignal()
    private var running: [Lease: Task<Void, Never>] = [:]
    private var cancelled: Set<Lease> = []
    private var isStopping = false

    /// A loop over handlers, at most one a kind.
    public init(
        queue: JobQueue, handlers: [JobHandler], configuration: Configuration = Configuration(),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.queue = queue
        self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind, $0) })
        self.configuration = configuration
        self.clock = clock
        registration = WorkerRegistration(role: .worker, concurrency: configuration.concurrency, kinds: handlers.map(\.kind).sorted())
        var logger = logger
        logger[metadataKey: "worker"] = "\(registration.name)"
        self.logger = logger
    }

    /// The worker's name in `sluice.workers` and `sluice.jobs.worker`.
    public nonisolated var name: String { registration.name }

    /// Runs until `stop` is called; returns when every job has ended or was handed back.
    public func run() async {
        let upkeep = Task { await self.keepUp() }
        let listener = configuration.listens ? makeListener() : nil
        let listening = Task { [signal] in
            guard let listener else { return }
            for await _ in listener.events { signal.raise() }
        }
        logger.info("Worker started", metadata: ["concurrency": "\(configuration.concurrency)"])
        await claimUntilStopped()
        await drain()
        upkeep.cancel()
        listener?.stop()
        await listening.value
        await upkeep.value
        try? await registration.leave(queue.pool)
        logger.info("Worker stopped")
    }

    /// Tells the loop to claim no more and to end.
    public func stop() {
        isStopping = true
        signal.raise()
    }

    private func makeListener() -> PostgresListener? {
        do {
            return try PostgresListener(configuration: queue.pool.configuration, channels: [JobQueue.channel], logger: logger)
        } catch {
            logger.warning("LISTEN is not possible, polling instead", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func claimUntilStopped() async {
        var outage = Duration.zero
        while !isStopping {
            do {
                let pause = try await claimOnce()
                outage = .zero
                if let pause { await signal.wait(for: pause, clock: clock) }
            } catch {
                outage = min(max(outage * 2, .milliseconds(250)), .seconds(5))
                logger.warning("The queue cannot be reached, trying again", metadata: ["error": "\(error)", "pause": "\(outage)"])
                await signal.wait(for: outage, clock: clock)
            }
        }
    }

    /// Claims what there is room for.
    ///
    /// - Returns: how long to wait before the next look; nil to look again at once.
    private func claimOnce() async throws -> Duration? {
        let room = configuration.concurrency - running.count
        guard room > 0 else { return configuration.pollInterval }
        let jobs = try await queue.claim(
            .init(worker: registration.name, kinds: registration.kinds, limit: room, lease: configuration.lease))
        for job in jobs { start(job) }
        if jobs.count == room { return nil }
        let next = try await queue.timeUntilNextJob(kinds: registration.kinds)
        return min(next.map { max($0, .milliseconds(1)) } ?? configuration.pollInterval, configuration.pollInterval)
    }

    private func start(_ job: Job) {
        running[job.lease] = Task {
            await self.execute(job)
            self.ended(job.lease)
        }
    }

    private func ended(_ lease: Lease) {
        running[lease] = nil
        cancelled.remove(lease)
        signal.raise()
    }

    // MARK: - Running one job

    private func execute(_ job: Job) async {
        var logger = logger
        logger[metadataKey: "job"] = "\(job.id)"
        logger[metadataKey: "kind"] = "\(job.kind)"
        if let connection = job.connectionID { logger[metadataKey: "connection"] = "\(connection.uuidString.lowercased())" }
        if let mapping = job.mappingID { logger[metadataKey: "mapping"] = "\(mapping.uuidString.lowercased())" }
        let result: Result<JobOutcome, any Error>
        do {
            guard let handler = handlers[job.kind] else { throw JobFailure.permanent("no handler for jobs of kind \(job.kind)") }
            result = .success(try await handler.run(JobContext(job: job, queue: queue, logger: logger)))
        } catch {
            result = .failure(error)
        }
        await settle(job, result, logger: logger)
    }

    /// Records how a job ended; an outage is waited out for as long as the lease may still be ours.
    private func settle(_ job: Job, _ result: Result<JobOutcome, any Error>, logger: Logger) async {
        let deadline = ContinuousClock.now + configuration.lease
        let wasCancelled = cancelled.contains(job.lease)
        // Detached from the job's own cancellation: the record must be written even when the job was cancelled.
        let recording = Task.detached { [queue] in
            while true {
                do {
                    try await Self.record(job, result, wasCancelled: wasCancelled, queue: queue, logger: logger)
                    return
                } catch let error as PostgresError where error.isRetryable && ContinuousClock.now < deadline {
                    try? await Task.sleep(for: .milliseconds(200))
                } catch {
                    logger.error("The job's end could not be recorded; its lease will lapse", metadata: ["error": "\(error)"])
                    return
                }
            }
        }
        await recording.value
    }

    private static func record(
        _ job: Job, _ result: Result<JobOutcome, any Error>, wasCancelled: Bool, queue: JobQueue, logger: Logger
    ) async throws {
        switch result {
        case .success(.completed(let outcome)):
            let counted = try await queue.complete([.init(lease: job.lease, outcome: outcome)])
            if counted.isEmpty { logger.warning("The job ended after its lease was lost; its end does not count") }
        case .success(.snooze(let delay)):
            do { try await queue.snooze(job.lease, for: delay) } catch is LeaseLost {
                logger.warning("The lease was lost before the job could wait")
            }
        case .failure(let error as LeaseLost):
            logger.warning("The job stopped: its lease was lost", metadata: ["error": "\(error)"])
        case .failure(JobFailure.permanent(let message)):
            logger.error("Job failed for good", metadata: ["error": "\(message)"])
            _ = try await queue.fail(job.lease, error: message, permanent: true)
        case .failure(JobFailure.retry(let delay, let message)):
            logger.warning("Job failed, will try again", metadata: ["error": "\(message)"])
            _ = try await queue.fail(job.lease, error: message, delay: delay)
        case .failure(let error) where error is CancellationError || (error as? PostgresError)?.code == .cancelled:
            if wasCancelled {
                _ = try await queue.fail(job.lease, error: "cancelled while it ran", permanent: true)
            } else {
                try await queue.handBack([job.lease])
            }
        case .failure(let error):
            logger.warning("Job failed", metadata: ["error": "\(error)"])
            _ = try await queue.fail(job.lease, error: "\(error)")
        }
    }

    // MARK: - Upkeep

    /// Heartbeat, renewal and rescue, every third of a lease.
    private func keepUp() async {
        var lastRenewal = ContinuousClock.now
        while !Task.isCancelled {
            do {
                try await registration.beat(queue.pool)
                try await renew()
                lastRenewal = .now
                let rescued = try await queue.rescue()
                if rescued > 0 { logger.warning("Took jobs from dead workers", metadata: ["jobs": "\(rescued)"]) }
            } catch {
                if Task.isCancelled { return }
                logger.warning("Upkeep failed", metadata: ["error": "\(error)"])
                if ContinuousClock.now - lastRenewal > configuration.lease {
                    // Nothing could be renewed for a whole lease: whatever runs here is running elsewhere by now.
                    for task in running.values { task.cancel() }
                }
            }
            try? await clock.sleep(for: configuration.lease / 3)
        }
    }

    private func renew() async throws {
        let held = Array(running.keys)
        let (lost, cancelRequested) = try await queue.renew(held, for: configuration.lease)
        for lease in lost {
            // A job that ended while the statement ran is not held any more, and not lost either.
            guard let task = running[lease] else { continue }
            logger.warning("A lease was lost", metadata: ["job": "\(lease.jobID)"])
            task.cancel()
        }
        for lease in cancelRequested {
            cancelled.insert(lease)
            running[lease]?.cancel()
        }
    }

    /// Lets running jobs end, then cancels the rest, which hands them back.
    private func drain() async {
        let tasks = Array(running.values)
        guard !tasks.isEmpty else { return }
        logger.info("Stopping, waiting for running jobs", metadata: ["jobs": "\(tasks.count)"])
        let cancelling = Task { [clock, grace = configuration.stopGrace] in
            try await clock.sleep(for: grace)
            for task in tasks { task.cancel() }
        }
        for task in tasks { await task.value }
        cancelling.cancel()
    }
}
