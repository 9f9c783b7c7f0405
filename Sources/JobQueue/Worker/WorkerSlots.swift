import DequeModule
import Foundation

/// What a worker holds: jobs that wait for a slot, and how many run.
///
/// However many jobs of one connection a worker holds, an eighth of its slots, at least one, stays free for the jobs of others, so that a
/// backlog never makes somebody else's single job wait for one of its own to end.
struct WorkerSlots {
    /// Jobs that run at a time.
    let count: Int
    /// Claimed and not begun, in the order they were claimed.
    private(set) var waiting: Deque<Job> = []
    /// Slots in use.
    private(set) var used = 0
    private var usedBy: [UUID: Int] = [:]

    init(count: Int) { self.count = count }

    /// The most of so many places that jobs of one connection may have.
    static func share(of places: Int) -> Int { max(1, places - max(1, places / 8)) }

    /// How many jobs of each connection are held.
    var held: [UUID: Int] {
        var held = usedBy
        for job in waiting { if let connection = job.connectionID { held[connection, default: 0] += 1 } }
        return held
    }

    /// How many more jobs may be held when so many may wait.
    func room(prefetch: Int) -> Int { count + prefetch - used - waiting.count }

    /// Takes what was claimed.
    mutating func add(_ jobs: [Job]) { waiting.append(contentsOf: jobs) }

    /// The next job that may begin, whose slot is in use from now on.
    mutating func start() -> Job? {
        guard used < count else { return nil }
        let share = Self.share(of: count)
        let place = waiting.firstIndex { job in job.connectionID.map { usedBy[$0, default: 0] < share } ?? true }
        guard let place else { return nil }
        let job = waiting.remove(at: place)
        used += 1
        if let connection = job.connectionID { usedBy[connection, default: 0] += 1 }
        return job
    }

    /// A job's slot is free again.
    mutating func leave(_ job: Job) {
        used -= 1
        guard let connection = job.connectionID, let others = usedBy[connection] else { return }
        usedBy[connection] = others > 1 ? others - 1 : nil
    }

    /// Forgets jobs that have not begun.
    mutating func drop(where isLost: (Job) -> Bool) { waiting.removeAll(where: isLost) }

    /// Forgets all jobs that have not begun; answers their leases.
    mutating func dropAll() -> [Lease] {
        defer { waiting.removeAll() }
        return waiting.map(\.lease)
    }
}
