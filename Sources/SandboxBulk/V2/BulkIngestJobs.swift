import SandboxData
import SandboxStore
import Synchronization

/// All Bulk 2.0 ingest jobs, in the order they were made.
package final class BulkIngestJobs: Sendable {
    private struct Known {
        var jobs: [String: BulkIngestJob] = [:]
        var order: [String] = []
    }

    private let known = Mutex(Known())
    private static let capacity = 2000

    package init() {}

    package func add(_ job: BulkIngestJob) {
        known.withLock { known in
            known.jobs[job.id] = job
            known.order.append(job.id)
            if known.order.count > Self.capacity { known.jobs[known.order.removeFirst()] = nil }
        }
    }

    /// By an id of 15 or 18 characters.
    package func find(_ id: String) -> BulkIngestJob? { known.withLock { known in known.jobs[Self.full(id)] } }

    /// Changes a job if it is still there, and answers what the change says.
    package func change<Result: Sendable>(_ id: String, _ body: (inout BulkIngestJob) -> Result) -> Result? {
        known.withLock { known in
            let id = Self.full(id)
            // Taken out and put back, so that the change does not copy the job's rows.
            guard var job = known.jobs.removeValue(forKey: id) else { return nil }
            defer { known.jobs[id] = job }
            return body(&job)
        }
    }

    private static func full(_ id: String) -> String { id.utf8.count == 15 ? id + RecordIDText.suffix(of: id.utf8) : id }

    package func remove(_ id: String) {
        known.withLock { known in
            known.jobs[id] = nil
            known.order.removeAll { $0 == id }
        }
    }

    /// Newest first.
    package func list() -> [BulkIngestJob] { known.withLock { known in known.order.reversed().compactMap { known.jobs[$0] } } }
}
