public import CoreMetrics
public import Foundation
public import Logging
import Postgres

/// Claims jobs and runs them, as many at a time as there are slots, until it is told to stop. An outage of the database is waited out:
/// the loop never ends because of one.
public actor WorkerLoop {
    /// How the loop behaves.
    public struct Configuration: Sendable {
        /// Jobs run at a time.
        public var concurrency = 4
        /// Jobs claimed beyond those that run, so that short jobs follow one another without a round trip; nil for what the slots will use up
        /// within a twentieth of a second at the pace of the last jobs. That is none for jobs that take long: a job that waits here waits
        /// although another worker may be free.
        public var prefetch: Int?
        /// How long a lease lasts without renewal: the time after which a dead worker's jobs run elsewhere. Renewed every third of it.
        public var lease = Duration.seconds(15)
        /// The longest pause between two looks at the queue when no notification comes.
        public var pollInterval = Duration.seconds(5)
        /// How long running jobs may go on after a stop before they are cancelled and handed back. Less than the five seconds after which
        /// honcho and foreman lose patience.
        public var stopGrace = Duration.seconds(3)
        /// Whether to LISTEN; false where a pooler stands between, which loses notifications.
        public var listens = true
        /// Tells the connections whose jobs this worker, given by its name, leaves to others; asked before the first claim, and
        /// again and again beside the heartbeat.
        public var unserved: @Sendable (_ worker: String) async throws -> Set<UUID> = { _ in [] }
        /// Where the loop counts and measures.
        public var metrics: any MetricsFactory = MetricsSystem.factory

        /// The defaults.
        public init() {}
    }

    let queue: JobQueue
    let handlers: [String: JobHandler]
    let configuration: Configuration
    let registration: WorkerRegistration
    let clock: any Clock<Duration>
    let logger: Logger
    let metrics: WorkerMetrics
    private let signal = WakeSignal()
    let completions: CompletionBatcher
    var slots: WorkerSlots
    var running: [Lease: Task<Void, Never>] = [:]
    var cancelled: Set<Lease> = []
    /// Jobs whose handler has returned and whose end is being recorded: their slot is free, and by then the lease may be gone because the
    /// record is there.
    var ending: Set<Lease> = []
    private var isStopping = false
    var unserved: Set<UUID> = []
    /// Connections whose job said so since the last look at them began.
    var refused: Set<UUID> = []
    private var memory = ClaimMemory()
    private var survey: Task<Void, Never>?
    private var completionRate = CompletionRate()
    private var lastClaim: (at: ContinuousClock.Instant, wasFull: Bool)?

    /// Claims that follow one another faster than this find a job or two each, and cost as much as those that find a hundred.
    private static let claimPause = Duration.milliseconds(5)
    /// Jobs that may be ended and not yet recorded, beyond as many as there are slots: a slow database slows the claims.
    private static let unrecorded = 500

    /// A loop over handlers, at most one a kind.
    public init(
        queue: JobQueue, handlers: [JobHandler], configuration: Configuration = Configuration(),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.queue = queue
        let metrics = WorkerMetrics(
            kinds: handlers.map(\.kind), concurrency: configuration.concurrency, listens: configuration.listens,
            factory: configuration.metrics)
        self.metrics = metrics
        self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind, metrics.observing($0)) })
        self.configuration = configuration
        self.clock = clock
        slots = WorkerSlots(count: configuration.concurrency)
        registration = WorkerRegistration(role: .worker, concurrency: configuration.concurrency, kinds: handlers.map(\.kind).sorted())
        var logger = logger
        logger[metadataKey: "worker"] = "\(registration.name)"
        self.logger = logger
        completions = CompletionBatcher(queue: queue, patience: configuration.lease, logger: logger)
    }

    /// The worker's name in `sluice.workers` and `sluice.jobs.worker`.
    public nonisolated var name: String { registration.name }

    /// Runs until `stop` is called; returns when every job has ended or was handed back.
    public func run() async {
        let upkeep = Task { await self.keepUp() }
        let listener = configuration.listens ? makeListener() : nil
        let listening = Task { [signal, metrics] in
            guard let listener else { return }
            for await event in listener.events {
                metrics.isListening(event != .lost)
                if case .notification(_, JobQueue.putBack) = event { self.memory.lookAtEverythingSoon() }
                signal.raise()
                if case .notification(_, JobQueue.cancellation) = event { await self.renewNow() }
            }
        }
        logger.info("Worker started", metadata: ["concurrency": "\(configuration.concurrency)"])
        await claimUntilStopped()
        survey?.cancel()
        await drain()
        await survey?.value
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
        await lookAtUnserved()
        while !isStopping {
            do {
                let pause = try await claimOnce()
                outage = .zero
                if pause > .zero { await signal.wait(for: pause, clock: clock) }
                await restAfterClaim()
            } catch {
                outage = min(max(outage * 2, .milliseconds(250)), .seconds(5))
                logger.warning("The queue cannot be reached, trying again", metadata: ["error": "\(error)", "pause": "\(outage)"])
                await signal.wait(for: outage, clock: clock)
            }
        }
    }

    /// What cannot be looked at now is as it was.
    func lookAtUnserved() async {
        refused = []
        do {
            unserved = try await configuration.unserved(registration.name).union(refused)
        } catch {
            if !Task.isCancelled { logger.warning("What this worker can serve is not known", metadata: ["error": "\(error)"]) }
        }
    }

    /// Lets what is announced and freed in quick succession become one claim.
    private func restAfterClaim() async {
        guard let lastClaim, !lastClaim.wasFull else { return }
        let rest = Self.claimPause - (ContinuousClock.now - lastClaim.at)
        if rest > .zero { try? await Task.sleep(for: rest, tolerance: .zero) }
    }

    /// Claims what there is room for, if that is at least what one connection must leave to the others.
    ///
    /// - Returns: how long to wait before the next look, unless something is announced.
    private func claimOnce() async throws -> Duration {
        let prefetch = configuration.prefetch ?? completionRate.jobs(in: .milliseconds(50))
        let room = slots.room(prefetch: prefetch)
        let share = WorkerSlots.share(of: configuration.concurrency + prefetch)
        guard room >= max(1, configuration.concurrency + prefetch - share), hasRoomForEnds else { return configuration.pollInterval }
        var request = ClaimRequest(worker: registration.name, kinds: registration.kinds, limit: room, lease: configuration.lease)
        request.share = share
        request.held = slots.held
        request.unserved = unserved
        memory.apply(to: &request)
        let started = ContinuousClock.now
        let claim = try await queue.claim(request)
        let took = ContinuousClock.now - started
        memory.note(claim, of: request)
        startSurvey()
        metrics.claimed(claim.jobs, took: took)
        lastClaim = (started, claim.jobs.count == room)
        slots.add(claim.jobs)
        fillSlots()
        // A claim that found less than it had room for may have left other connections' jobs behind: look once more.
        if !claim.jobs.isEmpty { return .zero }
        // Workers that were started together do not poll together.
        let poll = configuration.pollInterval * Double.random(in: 0.8...1)
        return max(.milliseconds(1), min(claim.nextLook ?? poll, poll))
    }

    /// Looks at everything beside the claims, when that takes so long that they had better not.
    private func startSurvey() {
        guard memory.wantsSurvey, survey == nil else { return }
        survey = Task {
            defer { survey = nil }
            let started = ContinuousClock.now
            do {
                let (heads, took) = try await queue.survey()
                memory.note(survey: heads, took: took)
            } catch {
                if !Task.isCancelled { logger.warning("What waits could not be surveyed", metadata: ["error": "\(error)"]) }
                memory.noteFailedSurvey(took: .now - started)
            }
        }
    }

    private var hasRoomForEnds: Bool { ending.count < configuration.concurrency + Self.unrecorded }

    private func fillSlots() {
        guard !isStopping else { return }
        while hasRoomForEnds, let job = slots.start() {
            running[job.lease] = Task { await self.execute(job) }
        }
    }

    /// A handler has returned: its slot is free, though its end is not recorded yet.
    func leaveSlot(_ job: Job) {
        ending.insert(job.lease)
        slots.leave(job)
        completionRate.count()
        fillSlots()
        if slots.waiting.isEmpty { signal.raise() }
    }

    /// A job's end is recorded.
    func ended(_ lease: Lease) {
        running[lease] = nil
        cancelled.remove(lease)
        ending.remove(lease)
        fillSlots()
        if slots.waiting.count <= (configuration.prefetch ?? 0) / 2 { signal.raise() }
    }

    /// Hands back what has not begun, lets running jobs end, then cancels the rest, which hands them back too.
    private func drain() async {
        let unstarted = slots.dropAll()
        if !unstarted.isEmpty { _ = try? await queue.handBack(unstarted) }
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
