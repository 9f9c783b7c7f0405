/// Looks for jobs whose worker died or whose handler hangs, on behalf of one worker.
///
/// A look at all running jobs walks over those that ran and are not swept away yet: nothing, or minutes' worth while somebody's old
/// transaction keeps them. Then all are looked at as soon as a worker was lost, and for a twentieth of the time otherwise; a worker always
/// looks at those it runs itself, whose handlers may hang.
struct Rescuer {
    private let queue: JobQueue
    private let lease: Duration
    private let slow: Duration
    private var dutyCycle: DutyCycle
    private var lastLook = ContinuousClock.now

    /// - Parameters:
    ///   - lease: how long workers' leases last without renewal.
    ///   - slow: a look at all running jobs that takes longer than this is worth avoiding.
    ///   - dutyCycle: what keeps slow looks apart.
    init(queue: JobQueue, lease: Duration, slow: Duration = .milliseconds(100), dutyCycle: DutyCycle = DutyCycle()) {
        self.queue = queue
        self.lease = lease
        self.slow = slow
        self.dutyCycle = dutyCycle
    }

    /// Makes lost jobs available again.
    ///
    /// - Parameter held: the jobs that the worker runs.
    /// - Returns: how many were lost.
    /// - Throws: `PostgresError`.
    mutating func rescue(held: [Int64]) async throws -> Int {
        guard dutyCycle.wasSlow else { return try await lookAtAll(sharers: 1) }
        // What a worker claimed just before it died lapses later than what it had renewed.
        let (live, hasLostSome) = try await queue.liveness(lease: lease, since: .now - lastLook + lease / 2)
        if hasLostSome || dutyCycle.isOver { return try await lookAtAll(sharers: live) }
        return try await queue.rescue(among: held).jobs
    }

    private mutating func lookAtAll(sharers: Int) async throws -> Int {
        let began = ContinuousClock.now
        var hasLooked = true
        defer {
            if hasLooked {
                dutyCycle.note(.now - began, allowed: slow, sharers: sharers)
                lastLook = began
            }
        }
        let jobs: Int
        (jobs, hasLooked) = try await queue.rescue(among: nil)
        return jobs
    }
}
