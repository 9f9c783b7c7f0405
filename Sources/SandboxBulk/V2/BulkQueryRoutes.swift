package import HTTPTypes
import SandboxBytes
import SandboxData
package import SandboxHTTP
import SandboxQuery
package import SandboxStore

/// `/jobs/query`: Bulk API 2.0 queries.
package struct BulkQueryRoutes: Sendable {
    package let org: Org
    package let jobs: BulkJobs
    package let delay: Duration
    /// Rows of a page when the client does not say.
    package let pageRows: Int
    package let faults: BulkFaults
    package let usage: Usage

    package init(org: Org, jobs: BulkJobs, delay: Duration, pageRows: Int, faults: BulkFaults, usage: Usage) {
        self.org = org
        self.jobs = jobs
        self.delay = delay
        self.pageRows = pageRows
        self.faults = faults
        self.usage = usage
    }

    package func respond(_ call: APICall) async throws(OrgError) -> Reply {
        if call.count == 2 {
            switch call.method {
            case .post: return try await create(call)
            case .get: return list(call)
            default: throw .wrongMethod(call.method, allowed: "GET,POST")
            }
        }
        guard let job = jobs.find(call.segment(2)) else { throw .notFound }
        guard call.count > 3 else {
            switch call.method {
            case .get: return show(job)
            case .patch: return try abort(job, call)
            case .delete: return try delete(job)
            default: throw .wrongMethod(call.method, allowed: "GET,PATCH,DELETE")
            }
        }
        guard call.method == .get else { throw .wrongMethod(call.method, allowed: "GET") }
        guard job.version == call.version else {
            throw OrgError(
                .conflict, "API_ERROR", "The job was created with API version \(job.version).0 and must be read with the same version")
        }
        switch call.word(3) {
        case "results": return try results(job, call)
        case "resultpages" where call.version >= 58: return try resultPages(job, call)
        default: throw .notFound
        }
    }

    private func bad(_ code: String, _ message: String) -> OrgError { OrgError(.badRequest, code, message) }

    private func create(_ call: APICall) async throws(OrgError) -> Reply {
        let body = try call.call.jsonObject()
        guard let operation = body["operation"]?.string, ["query", "queryAll"].contains(operation) else {
            throw bad("API_ERROR", "operation must be query or queryAll")
        }
        guard let query = body["query"]?.string else { throw bad("API_ERROR", "query is required") }
        if let type = body["contentType"], type != .null, type.string?.uppercased() != "CSV" {
            throw bad("API_ERROR", "contentType must be CSV")
        }
        let plan = try QueryPlan.bulk(query, org: org, includesDeleted: operation == "queryAll")
        let isChunked = plan.order.isEmpty && plan.limit == nil
        var rows = await QueryRunner(plan: plan, org: org).run()
        if isChunked, faults.settings.shufflesBulkRows { rows = rows.shuffled(salt: UInt64(rows.count)) }
        let user = RecordID(object: org.schema.object("User")?.index ?? 0, row: call.user)
        let job = BulkQueryJob(
            id: jobs.nextID(), operation: operation, query: query, plan: plan, rows: rows, snapshot: org.snapshot(), version: call.version,
            createdBy: org.schema.text(of: user), created: org.clock(), dialect: try CSVDialect.read(body),
            readyAt: .now + (faults.settings.bulkDelay ?? delay),
            isPrimaryKeyChunked: isChunked, failure: faults.failureOfJob())
        jobs.add(job)
        usage.use("DailyBulkV2QueryJobs")
        var json = JSONWriter()
        job.write(&json, state: .uploadComplete, isNew: true)
        return .json(json)
    }

    private func show(_ job: BulkQueryJob) -> Reply {
        var json = JSONWriter()
        job.write(&json, state: job.state(at: .now))
        return .json(json)
    }

    private func list(_ call: APICall) -> Reply {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.field("done", true)
            json.fieldArray("records") { json in
                for job in jobs.list().prefix(1000) { job.write(&json, state: job.state(at: .now)) }
            }
            json.fieldNull("nextRecordsUrl")
        }
        return .json(json)
    }

    private func abort(_ job: BulkQueryJob, _ call: APICall) throws(OrgError) -> Reply {
        guard try call.call.jsonObject()["state"]?.string == "Aborted" else { throw bad("INVALIDJOBSTATE", "state must be Aborted") }
        guard job.state(at: .now) != .jobComplete else { throw bad("INVALIDJOBSTATE", "Aborting already Completed Job not allowed") }
        jobs.abort(job.id)
        var aborted = job
        aborted.isAborted = true
        return show(aborted)
    }

    private func delete(_ job: BulkQueryJob) throws(OrgError) -> Reply {
        guard job.state(at: .now) != .inProgress else { throw bad("API_ERROR", "A job that is still running cannot be deleted") }
        jobs.remove(job.id)
        return .noContent
    }

    private func requireComplete(_ job: BulkQueryJob) throws(OrgError) {
        let state = job.state(at: .now)
        guard state == .jobComplete else { throw bad("INVALIDJOBSTATE", "The job has no results: its state is \(state.rawValue)") }
    }

    private func results(_ job: BulkQueryJob, _ call: APICall) throws(OrgError) -> Reply {
        try requireComplete(job)
        let start = try start(job, call)
        var size = pageRows
        if let text = call.call.query["maxRecords"] {
            guard let wanted = Int(text), wanted > 0 else { throw bad("API_ERROR", "maxRecords must be a positive number") }
            size = wanted
        }
        let end = min(start + min(size, job.rows.count), job.rows.count)
        let body = Reply.Body.stream {
            CSVRowEncoder(
                snapshot: job.snapshot, object: job.plan.object, columns: job.plan.columns, rows: job.rows, page: start..<end,
                dialect: job.dialect)
        }
        var reply = Reply(status: .ok, headers: [.contentType: "text/csv"], body: body)
        reply.headers[.numberOfRecords] = String(end - start)
        reply.headers[.locator] = end < job.rows.count ? BulkLocator.text(end) : "null"
        return reply
    }

    private func start(_ job: BulkQueryJob, _ call: APICall) throws(OrgError) -> Int {
        guard let locator = call.call.query["locator"], !locator.isEmpty else { return 0 }
        guard let start = BulkLocator.parse(locator), start == 0 || start < job.rows.count else {
            throw bad("INVALID_QUERY_LOCATOR", "invalid query locator")
        }
        return start
    }

    private func resultPages(_ job: BulkQueryJob, _ call: APICall) throws(OrgError) -> Reply {
        try requireComplete(job)
        let path = "\(call.base)/jobs/query/\(job.id)"
        var next = try start(job, call)
        var json = JSONWriter()
        json.object { json in
            json.fieldArray("resultPages") { json in
                var pages = 0
                repeat {
                    let locator = BulkLocator.text(next)
                    json.object { json in json.field("resultUrl", "\(path)/results?locator=\(locator)") }
                    next += pageRows
                    pages += 1
                } while pages < 5 && next < job.rows.count
            }
            let isDone = next >= job.rows.count
            json.field("nextRecordsUrl", isDone ? nil : "\(path)/resultPages?locator=\(BulkLocator.text(next))")
            json.field("done", isDone)
        }
        return .json(json)
    }
}

extension HTTPField.Name {
    static var numberOfRecords: Self { Self("Sforce-NumberOfRecords") ?? .contentType }
    package static var locator: Self { Self("Sforce-Locator") ?? .contentType }
    package static var limitInfo: Self { Self("Sforce-Limit-Info") ?? .contentType }
}
