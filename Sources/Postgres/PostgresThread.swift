import Foundation

/// A serial executor that is one thread: the home of one blocking libpq connection.
///
/// Unchecked: every variable is only touched with `condition` locked.
final class PostgresThread: SerialExecutor, @unchecked Sendable {
    private let name: String
    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var isRunning = false
    private var isStopping = false
    private var identity: pthread_t?

    init(name: String) {
        self.name = name
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        defer { condition.unlock() }
        jobs.append(job)
        if isRunning {
            condition.signal()
        } else {
            // The first job, or one for a connection that was closed: even its refusal needs a thread to run on.
            isRunning = true
            // The thread keeps the executor alive until it ends, so a job that was enqueued always finds it.
            let thread = Thread { self.run() }
            thread.name = name
            thread.start()
        }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() {
        condition.lock()
        defer { condition.unlock() }
        precondition(identity.map { pthread_equal($0, pthread_self()) != 0 } ?? false, "not on this connection's thread")
    }

    /// Ends the thread once the jobs already enqueued have run.
    func stop() {
        condition.lock()
        isStopping = true
        condition.signal()
        condition.unlock()
    }

    private func run() {
        condition.lock()
        identity = pthread_self()
        while true {
            while jobs.isEmpty && !isStopping { condition.wait() }
            if jobs.isEmpty { break }
            let batch = jobs
            jobs.removeAll(keepingCapacity: true)
            condition.unlock()
            for job in batch { job.runSynchronously(on: asUnownedSerialExecutor()) }
            condition.lock()
        }
        identity = nil
        isRunning = false
        condition.unlock()
    }
}
