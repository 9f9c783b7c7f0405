import Catalog
import Foundation
import Postgres

/// A job as people see it: live or ended.
struct JobRecord: Sendable {
    let id: Int64
    let kind: String
    let connectionID: UUID?
    let mappingID: UUID?
    let objectName: String?
    let state: String
    let priority: Int
    let attempt: Int
    private(set) var worker: String?
    let runAt: Date
    let createdAt: Date
    let startedAt: Date?
    let finishedAt: Date?
    let progress: String?
    let outcome: String?
    let lastError: String?

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        kind = try row.decode("kind")
        connectionID = try row.decodeIfPresent("connection_id")
        mappingID = try row.decodeIfPresent("mapping_id")
        objectName = try row.decodeIfPresent("object_name")
        state = try row.decode("state")
        priority = try row.decode("priority")
        attempt = try row.decode("attempt")
        worker = try row.decodeIfPresent("worker")
        runAt = try row.decode("run_at")
        createdAt = try row.decode("created_at")
        startedAt = try row.decodeIfPresent("started_at")
        finishedAt = try row.decodeIfPresent("finished_at")
        progress = try row.decodeIfPresent("progress")
        outcome = try row.decodeIfPresent("outcome")
        lastError = try row.decodeIfPresent("last_error")
    }

    /// The job for somebody with this role: which of the cluster's processes runs it, viewers are not told.
    func seen(by role: Role?) -> JobRecord {
        guard role ?? .viewer == .viewer else { return self }
        var job = self
        job.worker = nil
        return job
    }

    /// The job's document for somebody with this role.
    func document(for role: Role?) -> JSONValue {
        let job = seen(by: role)
        return [
            "id": .integer(id),
            "kind": .string(kind),
            "state": .string(state),
            "connection": connectionID.map { ["id": .string($0.uuidString.lowercased())] } ?? .null,
            "mapping": mappingID.map { ["id": .string($0.uuidString.lowercased()), "object_name": .optional(objectName)] } ?? .null,
            "priority": .integer(priority),
            "attempt": .integer(attempt),
            "worker": .optional(job.worker),
            "run_at": .string(Timestamp.iso(runAt)),
            "created_at": .string(Timestamp.iso(createdAt)),
            "started_at": .optional(Timestamp.iso(startedAt)),
            "finished_at": .optional(Timestamp.iso(finishedAt)),
            "progress": progress.flatMap { try? JSONValue(parsing: $0) } ?? .null,
            "outcome": .optional(outcome),
            "last_error": .optional(lastError),
            "detail_url": .string("/api/v3/jobs/\(id)"),
        ]
    }
}

extension APIServices {
    /// Arguments stay out: an import's hold a whole file.
    private static let columns: PostgresQuery = """
        j.id, j.kind, j.connection_id, j.mapping_id, m.object_name, j.state, j.priority, j.attempt, j.worker, j.run_at, j.created_at,
        j.started_at, j.finished_at, j.progress, j.outcome, j.last_error
        """

    func job(_ id: Int64) async throws -> JobRecord? {
        try await pool.query(
            "SELECT \(fragment: Self.columns) FROM sluice.all_jobs j LEFT JOIN sluice.mappings m ON m.id = j.mapping_id WHERE j.id = \(id)"
        ).first.map(JobRecord.init(row:))
    }

    /// A connection's jobs, newest first.
    func jobs(_ connectionID: UUID, state: String?, mapping: UUID?, limit: Int) async throws -> [JobRecord] {
        try await pool.query(
            """
            SELECT \(fragment: Self.columns) FROM sluice.all_jobs j LEFT JOIN sluice.mappings m ON m.id = j.mapping_id
            WHERE j.connection_id = \(connectionID) AND (\(state)::text IS NULL OR j.state = \(state))
            AND (\(mapping)::uuid IS NULL OR j.mapping_id = \(mapping))
            ORDER BY j.id DESC LIMIT \(limit)
            """
        ).map(JobRecord.init(row:))
    }

    /// The jobs that run or wait, the running ones first.
    func liveJobs(_ connections: [UUID], limit: Int) async throws -> [JobRecord] {
        try await pool.query(
            """
            SELECT j.id, j.kind, j.connection_id, j.mapping_id, m.object_name, j.state, j.priority, j.attempt, j.worker, j.run_at, j.created_at,
                j.started_at, NULL::timestamptz AS finished_at, j.progress, NULL AS outcome, j.last_error
            FROM sluice.jobs j LEFT JOIN sluice.mappings m ON m.id = j.mapping_id
            WHERE j.connection_id = ANY (\(connections)::uuid[])
            ORDER BY j.state DESC, j.priority, j.run_at, j.id LIMIT \(limit)
            """
        ).map(JobRecord.init(row:))
    }

    /// The latest jobs that ended.
    func endedJobs(_ connections: [UUID], limit: Int) async throws -> [JobRecord] {
        try await pool.query(
            """
            SELECT \(fragment: Self.columns) FROM sluice.all_jobs j LEFT JOIN sluice.mappings m ON m.id = j.mapping_id
            WHERE j.connection_id = ANY (\(connections)::uuid[]) AND j.finished_at IS NOT NULL
            ORDER BY j.finished_at DESC LIMIT \(limit)
            """
        ).map(JobRecord.init(row:))
    }
}
