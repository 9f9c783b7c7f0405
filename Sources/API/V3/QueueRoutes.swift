import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import WebServer

/// What the queue does for a connection, what people may do to its jobs, and who works.
struct QueueRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/queue", [.get(.viewer, overview)])
        table.add("/api/v3/jobs/:job/actions/retry", [.post(.operator, retry)])
        table.add("/api/v3/jobs/:job/actions/cancel", [.post(.operator, cancel)])
        table.add("/api/v3/workers", [.get(.anywhere(.operator), workers)])
    }

    /// Depth and age by kind, what waits and what for, and the last hour by the minute.
    private func overview(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let depth = try await services.queue.depth(connection: connection.id)
        let waiting = try await services.queue.waiting(connection: connection.id, limit: request.pageLimit())
        let timeline = try await services.queue.timeline(connection: connection.id)
        return .json([
            "kinds": .array(
                depth.map {
                    [
                        "kind": .string($0.kind), "ready": .integer($0.ready), "scheduled": .integer($0.scheduled),
                        "running": .integer($0.running), "oldest_ready_seconds": .seconds($0.oldestReady),
                        "estimated": .bool($0.isEstimated),
                    ]
                }),
            "waiting": .array(
                waiting.map {
                    [
                        "id": .integer($0.id), "kind": .string($0.kind),
                        "mapping": $0.mappingID.map { ["id": .string($0.uuidString.lowercased())] } ?? .null,
                        "attempt": .integer($0.attempt), "run_at": .string(Timestamp.iso($0.runAt)), "waited_seconds": .seconds($0.waited),
                        "waits_for": .string($0.waitsFor), "held_by": $0.heldBy.map { .integer($0) } ?? .null,
                        "last_error": .optional($0.lastError), "detail_url": .string("/api/v3/jobs/\($0.id)"),
                    ]
                }),
            "timeline": .array(
                timeline.map {
                    [
                        "start": .string(Timestamp.iso($0.start)), "completed": .integer($0.completed), "failed": .integer($0.failed),
                        "cancelled": .integer($0.cancelled), "waited_seconds": .seconds($0.waited), "ran_seconds": .seconds($0.ran),
                    ]
                }),
        ])
    }

    private func retry(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (job, connection) = try await services.job(parameters, user)
        guard try await services.queue.retry(job.id) else {
            throw APIError.conflict("job \(job.id) has neither failed nor been cancelled: there is nothing to retry")
        }
        try await services.catalog.audit(connection.id, actor: user.email, action: "job.retry", details: ["job": .integer(job.id)])
        return .accepted(job: job.id)
    }

    private func cancel(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (job, connection) = try await services.job(parameters, user)
        guard try await services.queue.cancel(job.id) else { throw APIError.conflict("job \(job.id) has ended already") }
        try await services.catalog.audit(connection.id, actor: user.email, action: "job.cancel", details: ["job": .integer(job.id)])
        return .accepted(job: job.id)
    }

    /// The processes of the cluster, and which scheduler leads.
    private func workers(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let processes = try await services.queue.processes()
        return .json([
            "count": .integer(processes.count),
            "leader": .optional(processes.first { $0.leads }?.name),
            "results": .array(
                processes.map {
                    [
                        "name": .string($0.name), "role": .string($0.role), "host": .string($0.host), "pid": .integer($0.pid),
                        "slots": .integer($0.slots), "running": .integer($0.running), "leads": .bool($0.leads),
                        "up_seconds": .seconds($0.upFor),
                        "silent_seconds": .seconds($0.silentFor), "kinds": .array($0.kinds.map { .string($0) }),
                    ]
                }),
        ])
    }
}

extension JSONValue {
    /// A time span in seconds, to the millisecond.
    static func seconds(_ value: Double?) -> JSONValue {
        value.map { .number(String(($0 * 1000).rounded() / 1000)) } ?? .null
    }
}
