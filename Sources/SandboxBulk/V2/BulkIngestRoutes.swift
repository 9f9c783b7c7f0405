import HTTPTypes
import NIOCore
import SandboxBytes
import SandboxData
package import SandboxHTTP
import SandboxQuery
package import SandboxStore

/// `/jobs/ingest`: Bulk API 2.0 writes.
package struct BulkIngestRoutes: Sendable {
    package static let maximumUpload = 150 * 1024 * 1024

    package let org: Org
    package let jobs: BulkIngestJobs
    package let ids: BulkJobs
    package let delay: Duration
    package let allowsHardDelete: Bool
    package let faults: BulkFaults
    package let usage: Usage

    package init(org: Org, jobs: BulkIngestJobs, ids: BulkJobs, delay: Duration, allowsHardDelete: Bool, faults: BulkFaults, usage: Usage) {
        self.org = org
        self.jobs = jobs
        self.ids = ids
        self.delay = delay
        self.allowsHardDelete = allowsHardDelete
        self.faults = faults
        self.usage = usage
    }

    /// Salesforce's own batches of an ingest job, which its daily limit counts.
    private static let rowsOfBatch = 10_000

    /// The name a request is counted under.
    package static func kind(_ call: APICall) -> String {
        switch (call.method, call.count) {
        case (.post, _): "ingestCreate"
        case (.put, _): "ingestUpload"
        case (.get, 4): "ingestResults"
        default: "ingestStatus"
        }
    }

    package func respond(_ call: APICall) async throws(OrgError) -> Reply {
        if call.count == 2 {
            switch call.method {
            case .post: return try create(call)
            case .get: return list(call)
            default: throw .wrongMethod(call.method, allowed: "GET,POST")
            }
        }
        guard let job = jobs.find(call.segment(2)) else { throw .notFound }
        guard call.count > 3 else {
            switch call.method {
            case .get: return show(job, call)
            case .patch: return try patch(job, call)
            case .delete: return try delete(job)
            default: throw .wrongMethod(call.method, allowed: "GET,PATCH,DELETE")
            }
        }
        switch (call.word(3), call.method) {
        case ("batches", .put): return try upload(job, call)
        case ("batches", _): throw .wrongMethod(call.method, allowed: "PUT")
        case ("successfulresults", .get), ("failedresults", .get), ("unprocessedrecords", .get): return try results(job, call)
        case ("successfulresults", _), ("failedresults", _), ("unprocessedrecords", _): throw .wrongMethod(call.method, allowed: "GET")
        default: throw .notFound
        }
    }

    private func bad(_ code: String, _ message: String) -> OrgError { OrgError(.badRequest, code, message) }

    private func create(_ call: APICall) throws(OrgError) -> Reply {
        let parts = try MultipartForm.parts(of: call.call)
        let body: JSON
        if let parts {
            guard let text = parts["job"] else { throw bad("INVALIDJOB", "The part job is missing") }
            do { body = try JSONParser.parse(text) } catch { throw OrgError(error) }
        } else {
            body = try call.call.jsonObject()
        }
        let job = try job(body, call)
        jobs.add(job)
        if let parts {
            guard let content = parts["content"] else { throw bad("INVALIDJOB", "The part content is missing") }
            _ = jobs.change(job.id) { $0.upload = content }
            start(job.id, user: call.user)
        }
        return answer(job, call, isBrief: true)
    }

    private func job(_ body: JSON, _ call: APICall) throws(OrgError) -> BulkIngestJob {
        guard let name = body["operation"]?.string, let operation = BulkIngestJob.Operation(rawValue: name) else {
            throw bad("API_ERROR", "operation must be one of insert, update, upsert, delete, hardDelete")
        }
        guard let name = body["object"]?.string else { throw bad("API_ERROR", "object is required") }
        guard let object = org.schema.object(name), object.isInBulk else {
            throw bad("INVALIDENTITY", "Entity '\(name)' is not supported by the Bulk API.")
        }
        if let type = body["contentType"], type != .null, type.string?.uppercased() != "CSV" {
            throw bad("API_ERROR", "contentType must be CSV")
        }
        var external: FieldSchema?
        if operation == .upsert {
            guard let name = body["externalIdFieldName"]?.string, !name.isEmpty else {
                throw bad(
                    "INVALIDJOB", "InvalidJob : External ID was blank for \(object.name). An External ID must be specified for upsert.")
            }
            guard let field = object.field(name), field.isLookupKey || field.type == .id else {
                throw bad(
                    "INVALIDJOB",
                    "InvalidJob : Field name provided, \(name) does not match an External ID, Salesforce Id, or indexed field "
                        + "for \(object.name)")
            }
            external = field
        }
        if operation == .hardDelete, !allowsHardDelete {
            throw bad(
                "FEATURENOTENABLED",
                "hardDelete operation requires special user profile permission, please contact your system administrator")
        }
        let user = RecordID(object: org.schema.object("User")?.index ?? 0, row: call.user)
        let now = org.clock()
        return BulkIngestJob(
            id: ids.nextID(), operation: operation, object: object, externalIDField: external, version: call.version,
            createdBy: org.schema.text(of: user), created: now, dialect: try CSVDialect.read(body), changed: now)
    }

    private func answer(_ job: BulkIngestJob, _ call: APICall, isBrief: Bool) -> Reply {
        var json = JSONWriter()
        job.write(&json, base: call.base, state: job.state(at: .now), isBrief: isBrief)
        return .json(json)
    }

    private func show(_ job: BulkIngestJob, _ call: APICall) -> Reply { answer(job, call, isBrief: false) }

    private func list(_ call: APICall) -> Reply {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.field("done", true)
            json.fieldArray("records") { json in
                for job in jobs.list().prefix(1000) { job.write(&json, base: call.base, state: job.state(at: .now), isBrief: true) }
            }
            json.fieldNull("nextRecordsUrl")
        }
        return .json(json)
    }

    private func upload(_ job: BulkIngestJob, _ call: APICall) throws(OrgError) -> Reply {
        let type = call.call.header("Content-Type")?.lowercased() ?? "text/csv"
        guard type.hasPrefix("text/csv") else {
            throw OrgError(HTTPResponse.Status(code: 415), "UNSUPPORTED_MEDIA_TYPE", "The content type must be text/csv")
        }
        let body = call.call.body
        let isFirst = jobs.change(job.id) { job -> Bool in
            guard job.state == .open, job.upload == nil else { return false }
            job.upload = body
            return true
        }
        guard isFirst ?? false else {
            throw bad(
                "CLIENTINPUTERROR", "Found multiple contents for job: <\(job.id)>, please 'Close' / 'Abort' / 'Delete' the current Job")
        }
        return Reply(status: .created, body: .empty)
    }

    private func patch(_ job: BulkIngestJob, _ call: APICall) throws(OrgError) -> Reply {
        let wanted = try call.call.jsonObject()["state"]?.string ?? ""
        let now = org.clock()
        let accepted = jobs.change(job.id) { job -> Bool in
            switch (wanted, job.state) {
            case ("UploadComplete", .open): job.state = .uploadComplete
            case ("Aborted", .open), ("Aborted", .uploadComplete), ("Aborted", .inProgress): job.state = .aborted
            default: return false
            }
            job.changed = now
            return true
        }
        guard accepted ?? false else {
            let isKnown = ["UploadComplete", "Aborted"].contains(wanted)
            throw isKnown
                ? bad("INVALIDJOBSTATE", "\(wanted) is not possible for a job whose state is \(job.state(at: .now).rawValue)")
                : bad("INVALIDJOBSTATE", "state must be UploadComplete or Aborted")
        }
        guard let changed = jobs.find(job.id) else { throw .notFound }
        let reply = answer(changed, call, isBrief: true)
        if wanted == "UploadComplete" { start(job.id, user: call.user) }
        return reply
    }

    /// Works in the background, as the org does; the client asks until the job is complete.
    private func start(_ id: String, user: Int) {
        let readyAt = ContinuousClock.now + (faults.settings.bulkDelay ?? delay)
        let began = jobs.change(id) { job -> BulkIngestJob in
            job.state = .inProgress
            job.readyAt = readyAt
            return job
        }
        guard let job = began else { return }
        let run = BulkIngestRun(org: org, job: job, user: user, faults: faults)
        let clock = org.clock
        let (jobs, usage) = (jobs, usage)
        Task {
            let start = ContinuousClock.now
            let result = await run.run()
            usage.use("DailyBulkApiBatches", (result.outcomes.count + Self.rowsOfBatch - 1) / Self.rowsOfBatch)
            let spent = (ContinuousClock.now - start) / .milliseconds(1)
            _ = jobs.change(id) { job in
                guard job.state == .inProgress else { return }
                job.take(result, at: clock(), milliseconds: 1 + Int(spent))
            }
        }
    }

    private func delete(_ job: BulkIngestJob) throws(OrgError) -> Reply {
        guard job.state(at: .now).isFinal else {
            throw bad("API_ERROR", "A job can be deleted only when it is complete, failed or aborted")
        }
        jobs.remove(job.id)
        return .noContent
    }

    private func results(_ job: BulkIngestJob, _ call: APICall) throws(OrgError) -> Reply {
        guard job.version == call.version else {
            throw OrgError(
                .conflict, "API_ERROR", "The job was created with API version \(job.version).0 and must be read with the same version")
        }
        guard job.state(at: .now).isFinal else {
            throw bad("INVALIDJOBSTATE", "The job has no results: its state is \(job.state(at: .now).rawValue)")
        }
        let kind: IngestResultRows.Kind =
            switch call.word(3) {
            case "successfulresults": .successful
            case "failedresults": .failed
            default: .unprocessed
            }
        return Reply(status: .ok, headers: [.contentType: "text/csv"], body: .stream { IngestResultRows(job: job, kind: kind) })
    }
}
