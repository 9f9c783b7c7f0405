import HTTPTypes
import NIOCore
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

extension AsyncRoutes {
    private static let maximumBatch = 10_000_000

    /// `/job/ID/batch` and everything below.
    func batches(_ job: AsyncJob, _ call: Call) async throws(AsyncError) -> Reply {
        guard call.word(5) == "batch" else { throw .unknownURL }
        if call.segments.count == 6 {
            switch call.method {
            case .get:
                let now = ContinuousClock.now
                return AsyncInfo.list(
                    job.batches.map { $0.info(of: job, state: $0.state(at: now), at: now) }, name: "batchInfoList", item: "batchInfo",
                    AsyncFormat(batchOf: job, call))
            case .post: return try await add(to: job, call)
            default: throw .wrongMethod(call.method)
            }
        }
        guard let batch = job.batch(call.segments[6]) else {
            throw AsyncError("InvalidBatch", "Unable to find batch for id: \(call.segments[6])")
        }
        guard call.method == .get else { throw .wrongMethod(call.method) }
        switch (call.word(7), call.segments.count) {
        case ("", _):
            let now = ContinuousClock.now
            return batch.info(of: job, state: batch.state(at: now), at: now).reply(AsyncFormat(batchOf: job, call))
        case ("request", 8): return try request(batch, job)
        case ("result", 8): return try result(batch, job, call)
        case ("result", 9): return try await rows(batch, job, call)
        default: throw .unknownURL
        }
    }

    /// The work is done before the answer, which does not tell it: clients that find a batch incomplete wait for long.
    private func add(to job: AsyncJob, _ call: Call) async throws(AsyncError) -> Reply {
        guard call.body.count <= Self.maximumBatch else { throw .tooLarge }
        let batch = AsyncBatch(
            id: jobs.nextBatchID(), created: org.clock(), readyAt: .now + (faults.settings.bulkDelay ?? delay))
        let isOpen = jobs.change(job.id) { job -> Bool in
            guard job.state == .open else { return false }
            job.batches.append(batch)
            return true
        }
        guard isOpen ?? false else {
            throw AsyncError("InvalidJobState", "Job state is \(job.state.rawValue); batches can be added to open jobs only")
        }
        usage.use("DailyBulkApiBatches")
        jobs.keep(call.body, of: batch.id)
        await run(batch, of: job, call.body)
        return batch.info(of: job, state: .queued, at: .now).reply(
            AsyncFormat(batchOf: job, call), status: .created,
            location: "/services/async/\(job.version).0/job/\(job.id)/batch/\(batch.id)")
    }

    private func run(_ batch: AsyncBatch, of job: AsyncJob, _ body: [UInt8]) async {
        let start = ContinuousClock.now
        let outcomes: [AsyncBatch.Outcome] =
            switch job.operation {
            case .query(let includesDeleted):
                await AsyncQueryRun(org: org, job: job, jobs: jobs, faults: faults)
                    .run(String(decoding: body, as: UTF8.self), includesDeleted: includesDeleted)
            case .write(let operation):
                [await AsyncIngestRun(org: org, job: job, user: Self.user, faults: faults).run(body, operation)]
            }
        let milliseconds = 1 + Int((ContinuousClock.now - start) / .milliseconds(1))
        let now = org.clock()
        let isChunked = job.chunking != nil && outcomes.contains { if case .found = $0 { true } else { false } }
        let chunks = isChunked ? outcomes.map { ($0, jobs.nextBatchID()) } : []
        if isChunked { usage.use("DailyBulkApiBatches", chunks.count) }
        _ = jobs.change(job.id) { job in
            guard let index = job.batches.firstIndex(where: { $0.id == batch.id }) else { return }
            job.batches[index].settle(isChunked ? .notProcessed : outcomes[0], at: now, milliseconds: milliseconds)
            for (outcome, id) in chunks where job.state != .aborted {
                var chunk = AsyncBatch(id: id, created: now, readyAt: batch.readyAt)
                chunk.settle(outcome, at: now, milliseconds: milliseconds)
                job.batches.append(chunk)
            }
        }
    }

    private func request(_ batch: AsyncBatch, _ job: AsyncJob) throws(AsyncError) -> Reply {
        guard let body = jobs.request(of: batch.id) else {
            throw AsyncError("InvalidBatch", "The request of the batch is not kept any more")
        }
        return Reply(status: .ok, headers: [.contentType: job.contentType.mediaType], body: .bytes(ByteBuffer(bytes: body)))
    }

    /// Of a write, what became of the rows; of a query, the ids of its results.
    private func result(_ batch: AsyncBatch, _ job: AsyncJob, _ call: Call) throws(AsyncError) -> Reply {
        guard batch.state(at: .now) == .completed else { throw .notCompleted }
        switch batch.outcome {
        case .saved(let results):
            let schema = org.schema
            return Reply(
                status: .ok, headers: [.contentType: job.contentType.mediaType],
                body: .stream { BatchResultRows(results: results, contentType: job.contentType, schema: schema) })
        case .found(let found):
            guard AsyncFormat(batchOf: job, call) == .json else {
                var xml = XMLWriter(isIndented: true)
                xml.element("result-list", attributes: AsyncInfo.namespace) { $0.element("result", found.id) }
                return .xml(xml)
            }
            var json = JSONWriter()
            json.array { $0.value(found.id) }
            var reply = Reply.json(json)
            reply.headers[.contentType] = AsyncFormat.json.mediaType
            return reply
        case .pending, .failed, .notProcessed: throw .notCompleted
        }
    }

    /// The rows that a query found.
    private func rows(_ batch: AsyncBatch, _ job: AsyncJob, _ call: Call) async throws(AsyncError) -> Reply {
        guard batch.state(at: .now) == .completed else { throw .notCompleted }
        guard case .found(let found) = batch.outcome, call.segments[8].hasPrefix(found.id) else {
            throw AsyncError("InvalidBatch", "Unable to find result for id: \(call.segments[8])")
        }
        let (plan, rows, snapshot, dialect) = (found.plan, found.rows, found.snapshot, job.dialect)
        let body: Reply.Body
        switch job.contentType {
        case .csv where rows.count == 0:
            body = .bytes(ByteBuffer(string: "Records not found for this query"))
        case .csv:
            body = .stream {
                CSVRowEncoder(
                    snapshot: snapshot, object: plan.object, columns: plan.columns, rows: rows, page: 0..<rows.count, dialect: dialect)
            }
        case .json:
            let shape = await RowShape.make(plan, of: rows, org, pages: nil)
            let path = "/services/data/v\(job.version).0/sobjects/"
            body = .stream { JSONRows(snapshot: snapshot, shape: shape, rows: rows, path: path) }
        case .xml:
            body = .stream { XMLRows(snapshot: snapshot, plan: plan, rows: rows) }
        }
        // Unlike the results of writes, or clients would take it for Latin-1.
        let type = job.contentType == .csv ? "text/csv; charset=UTF-8" : job.contentType.mediaType
        return Reply(status: .ok, headers: [.contentType: type], body: body)
    }
}
