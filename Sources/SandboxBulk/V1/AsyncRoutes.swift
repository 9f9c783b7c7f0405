import HTTPTypes
import SandboxBytes
import SandboxData
package import SandboxHTTP
import SandboxLogin
import SandboxQuery
package import SandboxStore

/// `/services/async`: Bulk API 1.0, which old clients know better than its successor.
package struct AsyncRoutes: Sendable {
    package let org: Org
    package let sessions: Sessions
    package let usage: Usage
    package let faults: BulkFaults
    package let jobs: AsyncJobs
    /// Job ids are one series with those of Bulk 2.0.
    package let ids: BulkJobs
    package let delay: Duration
    package let allowsHardDelete: Bool

    package init(
        org: Org, sessions: Sessions, usage: Usage, faults: BulkFaults, jobs: AsyncJobs, ids: BulkJobs, delay: Duration,
        allowsHardDelete: Bool
    ) {
        self.org = org
        self.sessions = sessions
        self.usage = usage
        self.faults = faults
        self.jobs = jobs
        self.ids = ids
        self.delay = delay
        self.allowsHardDelete = allowsHardDelete
    }

    /// The first user, as whom every client acts.
    package static let user = 0

    package func respond(_ call: Call) async -> Reply {
        do throws(AsyncError) {
            return try await authenticated(call)
        } catch {
            return error.reply(AsyncFormat(call, job: call.segments.count > 4 ? jobs.find(call.segments[4]) : nil))
        }
    }

    /// The session of a request: Bulk 1.0 has a header of its own for it.
    package static func session(_ call: Call) -> String? { call.header("X-SFDC-Session") ?? OAuthRoutes.bearer(call) }

    private func authenticated(_ call: Call) async throws(AsyncError) -> Reply {
        guard call.segments.count > 3, call.word(3) == "job", let version = APIVersions.parse("v" + call.segments[2]) else {
            throw .unknownURL
        }
        guard APIVersions.range.contains(version), version >= faults.settings.oldestVersion else {
            throw AsyncError("InvalidVersion", "Api version \(version).0 is not supported")
        }
        guard let token = Self.session(call), sessions.use(token) else { throw .expiredSession }
        guard usage.spend(Self.kind(call)) else { throw .overQuota }
        if call.segments.count == 4 {
            guard call.method == .post else { throw .wrongMethod(call.method) }
            return try create(call, version)
        }
        guard let job = jobs.find(call.segments[4]) else {
            throw AsyncError("InvalidJob", "Unable to find job for id: \(call.segments[4])")
        }
        if call.segments.count > 5 { return try await batches(job, call) }
        switch call.method {
        case .get: return job.info(at: .now).reply(AsyncFormat(call, job: job))
        case .post: return try change(job, call)
        default: throw .wrongMethod(call.method)
        }
    }

    /// The name a request is counted under.
    private static func kind(_ call: Call) -> String {
        switch (call.segments.count, call.method) {
        case (4, _): "asyncCreate"
        case (6, .post): "asyncBatch"
        case (8..., _): "asyncResults"
        default: "asyncStatus"
        }
    }

    private func create(_ call: Call, _ version: Int) throws(AsyncError) -> Reply {
        let job = try job(try AsyncJobReader(call), call, version)
        jobs.add(job)
        return job.info(at: .now).reply(
            AsyncFormat(call, job: job), status: .created, location: "/services/async/\(version).0/job/\(job.id)")
    }

    private func job(_ body: AsyncJobReader, _ call: Call, _ version: Int) throws(AsyncError) -> AsyncJob {
        guard let operation = body["operation"].flatMap(AsyncJob.Operation.init) else {
            throw AsyncError(
                "InvalidJob", "operation must be one of insert, update, upsert, delete, hardDelete, query, queryAll")
        }
        guard let name = body["object"] else { throw AsyncError("InvalidJob", "object is required") }
        guard let object = org.schema.object(name), object.isInBulk else {
            throw AsyncError("InvalidEntity", "Entity '\(name)' is not supported by the Bulk API.")
        }
        if operation == .write(.hardDelete), !allowsHardDelete {
            throw AsyncError(
                "FeatureNotEnabled",
                "hardDelete operation requires special user profile permission, please contact your system administrator")
        }
        let user = RecordID(object: org.schema.object("User")?.index ?? 0, row: Self.user)
        let now = org.clock()
        let chunking =
            if case .query = operation {
                try PKChunking.read(call.header("Sforce-Enable-PKChunking"), object: object, schema: org.schema)
            } else { PKChunking?.none }
        let isCRLF = call.header("Sforce-Line-Ending")?.uppercased() == "CRLF"
        return AsyncJob(
            id: ids.nextID(), operation: operation, object: object,
            externalIDField: operation == .write(.upsert) ? try externalID(body["externalIdFieldName"], object) : nil,
            contentType: try contentType(body["contentType"]), isSerial: ["serial", "1"].contains(body["concurrencyMode"]?.lowercased()),
            assignmentRuleID: body["assignmentRuleId"], chunking: chunking, dialect: CSVDialect(lineEnding: isCRLF ? "CRLF" : "LF"),
            version: version, createdBy: org.schema.text(of: user), created: now, changed: now)
    }

    private func contentType(_ name: String?) throws(AsyncError) -> AsyncContentType {
        guard let name else { return .xml }
        if let type = AsyncContentType(rawValue: name.uppercased()) { return type }
        throw name.uppercased().hasPrefix("ZIP_")
            ? AsyncError("FeatureNotEnabled", "Binary attachments are not supported: contentType \(name)")
            : AsyncError("InvalidJob", "contentType must be one of CSV, JSON, XML")
    }

    private func externalID(_ name: String?, _ object: ObjectSchema) throws(AsyncError) -> FieldSchema {
        guard let name else {
            throw AsyncError("InvalidJob", "External ID was blank for \(object.name). An External ID must be specified for upsert.")
        }
        guard let field = object.field(name), field.isLookupKey || field.type == .id else {
            throw AsyncError(
                "InvalidJob",
                "Field name provided, \(name) does not match an External ID, Salesforce Id, or indexed field for \(object.name)")
        }
        return field
    }

    /// `{"state": "Closed"}` or `Aborted`
    private func change(_ job: AsyncJob, _ call: Call) throws(AsyncError) -> Reply {
        let wanted = try AsyncJobReader(call)["state"]
        guard let state = wanted.flatMap(AsyncJob.State.init), state != .open else {
            throw AsyncError("InvalidJobState", "state must be Closed or Aborted")
        }
        let now = org.clock()
        let changed = jobs.change(job.id) { job -> AsyncJob? in
            let isRunning = job.batches.contains { $0.state(at: .now) == .inProgress }
            guard job.state == .open || job.state == .closed && state == .aborted && isRunning else { return nil }
            job.state = state
            job.changed = now
            if state == .aborted {
                for index in job.batches.indices { job.batches[index].abort(at: .now, now: now) }
            }
            return job
        }
        guard case .some(.some(let changed)) = changed else {
            let verb = state == .aborted ? "Aborting" : "Closing"
            throw AsyncError(
                "InvalidJobState", "\(verb) already \(job.state == .aborted ? "Aborted" : "Completed") Job not allowed")
        }
        return changed.info(at: .now).reply(AsyncFormat(call, job: changed))
    }
}
