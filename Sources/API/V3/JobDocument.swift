import Catalog
import Foundation
import JobQueue
import WebServer

/// A job as the API tells it.
struct JobDocument {
    let job: ListedJob
    /// The object of its mapping, when that still exists.
    let objectName: String?

    var value: JSONValue {
        [
            "id": .integer(job.id),
            "kind": .string(job.kind),
            "state": .string(job.state),
            "connection": job.connectionID.map { ["id": .string($0.uuidString.lowercased())] } ?? .null,
            "mapping": job.mappingID.map { ["id": .string($0.uuidString.lowercased()), "object_name": .optional(objectName)] } ?? .null,
            "priority": .integer(job.priority),
            "attempt": .integer(job.attempt),
            "worker": .optional(job.worker),
            "run_at": .string(Timestamp.iso(job.runAt)),
            "created_at": .string(Timestamp.iso(job.createdAt)),
            "started_at": .optional(Timestamp.iso(job.startedAt)),
            "finished_at": .optional(Timestamp.iso(job.finishedAt)),
            "progress": job.progress.flatMap { try? JSONValue(parsing: $0) } ?? .null,
            "outcome": .optional(job.outcome),
            "last_error": .optional(job.lastError),
            "detail_url": .string("/api/v3/jobs/\(job.id)"),
        ]
    }
}

extension ListedJob {
    /// The job for somebody with this role: which of the cluster's processes runs it, viewers are not told.
    func seen(by role: Role?) -> ListedJob {
        guard role ?? .viewer == .viewer else { return self }
        var job = self
        job.worker = nil
        return job
    }
}

extension APIServices {
    /// Jobs as the API tells them to somebody with this role, with the names of their mappings' objects.
    func documents(_ jobs: [ListedJob], for role: Role?) async throws -> [JSONValue] {
        let names = try await catalog.objectNames(Set(jobs.compactMap(\.mappingID)))
        return jobs.map { job in JobDocument(job: job.seen(by: role), objectName: job.mappingID.flatMap { names[$0] }).value }
    }

    /// A connection's jobs: those that run or wait, then those that ended, the latest first.
    func jobs(_ connection: UUID, state: String?, mapping: UUID?, limit: Int) async throws -> [ListedJob] {
        if let mapping {
            return try await queue.jobs(mapping: mapping, limit: limit).filter {
                $0.connectionID == connection && (state == nil || $0.state == state)
            }
        }
        let live = state.map { ["available", "running"].contains($0) } ?? true
        let jobs =
            live ? try await queue.liveJobs(connections: [connection], limit: limit).filter { state == nil || $0.state == state } : []
        guard jobs.count < limit, state == nil || !live else { return jobs }
        return jobs + (try await queue.endedJobs(connections: [connection], state: state, limit: limit - jobs.count))
    }
}
