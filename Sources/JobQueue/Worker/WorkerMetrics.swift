import CoreMetrics

extension JobQueue {
    /// What the metrics of a worker mean, by name. Labels: `kind`, of which a worker knows a handful.
    public static let metricHelp = [
        "sluice_jobs_completed_total": "Attempts that ended well.",
        "sluice_jobs_failed_total": "Attempts after which the job counts as failed.",
        "sluice_jobs_retried_total": "Attempts that failed and are made again.",
        "sluice_jobs_snoozed_total": "Runs that asked to go on later.",
        "sluice_jobs_interrupted_total": "Runs that were cancelled, lost their lease or were handed back.",
        "sluice_job_run_seconds": "How long handlers ran.",
        "sluice_job_wait_seconds": "How long jobs waited from the moment they could run until they were claimed.",
        "sluice_claim_seconds": "How long claims took.",
        "sluice_claimed_jobs_total": "Jobs claimed.",
        "sluice_leases_lost_total": "Leases that this worker lost while it ran their jobs.",
        "sluice_jobs_rescued_total": "Jobs that this worker took from dead workers and hung handlers.",
        "sluice_worker_slots": "Jobs that this worker runs at a time.",
        "sluice_worker_slots_used": "Jobs that this worker runs now.",
        "sluice_listeners_wanted": "LISTEN sessions that this process should have.",
        "sluice_listeners_connected": "LISTEN sessions that this process has.",
    ]
}

/// What a worker loop counts and measures.
struct WorkerMetrics: Sendable {
    private struct OfKind: Sendable {
        let completed, failed, retried, snoozed, interrupted: Counter
        let ran, waited: CoreMetrics.Timer
    }

    private let kinds: [String: OfKind]
    private let claim: CoreMetrics.Timer
    private let claimed: Counter
    private let lost: Counter
    private let rescued: Counter
    private let slotsUsed: Meter
    private let listenersConnected: Meter

    init(kinds: [String], concurrency: Int, listens: Bool, factory: any MetricsFactory) {
        func counter(_ name: String, _ kind: String) -> Counter { Counter(label: name, dimensions: [("kind", kind)], factory: factory) }
        func timer(_ name: String, _ kind: String) -> CoreMetrics.Timer {
            Timer(label: name, dimensions: [("kind", kind)], factory: factory)
        }
        self.kinds = Dictionary(
            uniqueKeysWithValues: kinds.map { kind in
                (
                    kind,
                    OfKind(
                        completed: counter("sluice_jobs_completed_total", kind), failed: counter("sluice_jobs_failed_total", kind),
                        retried: counter("sluice_jobs_retried_total", kind), snoozed: counter("sluice_jobs_snoozed_total", kind),
                        interrupted: counter("sluice_jobs_interrupted_total", kind), ran: timer("sluice_job_run_seconds", kind),
                        waited: timer("sluice_job_wait_seconds", kind))
                )
            })
        claim = Timer(label: "sluice_claim_seconds", dimensions: [], factory: factory)
        claimed = Counter(label: "sluice_claimed_jobs_total", factory: factory)
        lost = Counter(label: "sluice_leases_lost_total", factory: factory)
        rescued = Counter(label: "sluice_jobs_rescued_total", factory: factory)
        slotsUsed = Meter(label: "sluice_worker_slots_used", factory: factory)
        listenersConnected = Meter(label: "sluice_listeners_connected", factory: factory)
        Meter(label: "sluice_worker_slots", factory: factory).set(concurrency)
        Meter(label: "sluice_listeners_wanted", factory: factory).set(listens ? 1 : 0)
    }

    func claimed(_ jobs: [Job], took time: Duration) {
        claim.record(duration: time)
        claimed.increment(by: jobs.count)
        for job in jobs { kinds[job.kind]?.waited.record(duration: job.waited) }
    }

    func lostLease() { lost.increment() }

    func rescued(_ jobs: Int) { rescued.increment(by: jobs) }

    func isListening(_ listens: Bool) { listenersConnected.set(listens ? 1 : 0) }

    /// The handler, counted and measured.
    func observing(_ handler: JobHandler) -> JobHandler {
        guard let metrics = kinds[handler.kind] else { return handler }
        return JobHandler(unchecked: handler.kind) { [slotsUsed] context in
            let started = ContinuousClock.now
            slotsUsed.increment(by: 1)
            defer {
                slotsUsed.decrement(by: 1)
                metrics.ran.record(duration: .now - started)
            }
            do {
                let outcome = try await handler.run(context)
                if case .snooze = outcome { metrics.snoozed.increment() } else { metrics.completed.increment() }
                return outcome
            } catch {
                Self.counter(of: error, job: context.job, metrics).increment()
                throw error
            }
        }
    }

    private static func counter(of error: any Error, job: Job, _ metrics: OfKind) -> Counter {
        if Task.isCancelled || error is LeaseLost { return metrics.interrupted }
        if case JobFailure.permanent = error { return metrics.failed }
        return job.attempt < job.maxAttempts ? metrics.retried : metrics.failed
    }
}

extension CoreMetrics.Timer {
    fileprivate func record(duration: Duration) {
        let (seconds, attoseconds) = duration.components
        recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
