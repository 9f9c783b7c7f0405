import SandboxData
import SandboxStore
import Synchronization

/// All Bulk 1.0 jobs, and the requests of their batches as long as there is room for them.
package final class AsyncJobs: Sendable {
    private struct Known {
        var jobs: [String: AsyncJob] = [:]
        var order: [String] = []
        var batches = 0
        var results = 0
        var requests: [String: [UInt8]] = [:]
        var requestOrder: [String] = []
        var requestBytes = 0
    }

    private let known = Mutex(Known())
    private static let capacity = 2000
    /// A load of millions of rows must not stay in memory twice.
    private static let requestCapacity = 64 * 1024 * 1024

    package init() {}

    package func add(_ job: AsyncJob) {
        known.withLock { known in
            known.jobs[job.id] = job
            known.order.append(job.id)
            if known.order.count > Self.capacity { known.jobs[known.order.removeFirst()] = nil }
        }
    }

    /// By an id of 15 or 18 characters.
    package func find(_ id: String) -> AsyncJob? { known.withLock { $0.jobs[Self.full(id)] } }

    private static func full(_ id: String) -> String { id.utf8.count == 15 ? id + RecordIDText.suffix(of: id.utf8) : id }

    /// Changes a job if it is still there, and answers what the change says.
    package func change<Result: Sendable>(_ id: String, _ body: (inout AsyncJob) -> Result) -> Result? {
        known.withLock { known in
            let id = Self.full(id)
            // Taken out and put back, so that the change does not copy the job's batches.
            guard var job = known.jobs.removeValue(forKey: id) else { return nil }
            defer { known.jobs[id] = job }
            return body(&job)
        }
    }

    func nextBatchID() -> String {
        known.withLock { known in
            known.batches += 1
            return RecordIDText.text(prefix: Array("751".utf8), number: known.batches)
        }
    }

    /// Of 15 characters, as recorded.
    func nextResultID() -> String {
        known.withLock { known in
            known.results += 1
            return String(RecordIDText.text(prefix: Array("752".utf8), number: known.results).prefix(15))
        }
    }

    /// Keeps what was sent for a batch; the oldest go when there are too many.
    package func keep(_ request: [UInt8], of batch: String) {
        known.withLock { known in
            known.requests[batch] = request
            known.requestOrder.append(batch)
            known.requestBytes += request.count
            while known.requestBytes > Self.requestCapacity, known.requestOrder.count > 1 {
                known.requestBytes -= known.requests.removeValue(forKey: known.requestOrder.removeFirst())?.count ?? 0
            }
        }
    }

    package func request(of batch: String) -> [UInt8]? { known.withLock { $0.requests[batch] } }
}
