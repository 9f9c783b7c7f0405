package import SandboxData
import SandboxQuery
import SandboxStore
import Synchronization

/// All Bulk 2.0 query jobs, in the order they were made.
package final class BulkJobs: Sendable {
    private struct Known {
        var jobs: [String: BulkQueryJob] = [:]
        var order: [String] = []
        var number = 0
    }

    private let known: Mutex<Known>
    private static let capacity = 2000

    /// - Parameter first: Jobs are numbered from here, so that an org that was there before does not give the ids of its earlier life again.
    package init(first: Int = 0) { known = Mutex(Known(number: first)) }

    func nextID() -> String {
        known.withLock { known in
            known.number += 1
            return RecordIDText.text(prefix: Array("750".utf8), number: known.number)
        }
    }

    package func add(_ job: BulkQueryJob) {
        known.withLock { known in
            known.jobs[job.id] = job
            known.order.append(job.id)
            if known.order.count > Self.capacity { known.jobs[known.order.removeFirst()] = nil }
        }
    }

    /// By an id of 15 or 18 characters.
    package func find(_ id: String) -> BulkQueryJob? {
        known.withLock { known in
            known.jobs[id] ?? (id.utf8.count == 15 ? known.jobs[id + RecordIDText.suffix(of: id.utf8)] : nil)
        }
    }

    func abort(_ id: String) { known.withLock { $0.jobs[id]?.isAborted = true } }

    /// The schema changed: jobs in progress whose query it knows no longer fail.
    package func failRunning(under schema: OrgSchema, now: Int64) {
        known.withLock { known in
            for job in known.jobs.values where job.state(at: .now) == .inProgress {
                let includesDeleted = job.operation == "queryAll"
                do throws(SOQLError) {
                    _ = try QueryPlan.make(job.query, schema: schema, includesDeleted: includesDeleted, now: now)
                } catch {
                    known.jobs[job.id]?.readyAt = .now
                    known.jobs[job.id]?.failure = "InvalidBatch : Failed to process query: \(error.code): \(error.message)"
                }
            }
        }
    }

    package func remove(_ id: String) {
        known.withLock { known in
            known.jobs[id] = nil
            known.order.removeAll { $0 == id }
        }
    }

    /// Newest first.
    package func list() -> [BulkQueryJob] { known.withLock { known in known.order.reversed().compactMap { known.jobs[$0] } } }
}
