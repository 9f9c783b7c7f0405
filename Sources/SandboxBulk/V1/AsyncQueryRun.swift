package import SandboxData
import SandboxHTTP
package import SandboxQuery
import SandboxStore

/// What a batch of a query found, with the values of that moment.
package struct AsyncQueryResult: Sendable {
    /// Of the only result; a real org has more where one would be larger than a gigabyte.
    package let id: String
    package let plan: QueryPlan
    package let rows: RowSet
    package let snapshot: OrgSnapshot
}

/// Does the work of a query's batch.
struct AsyncQueryRun: Sendable {
    let org: Org
    let job: AsyncJob
    let jobs: AsyncJobs
    let faults: BulkFaults

    /// One outcome, or those of the chunks.
    func run(_ query: String, includesDeleted: Bool) async -> [AsyncBatch.Outcome] {
        if let failure = faults.failureOfJob() { return [.failed(failure)] }
        let plan: QueryPlan
        do throws(OrgError) {
            plan = try QueryPlan.bulk(query, org: org, includesDeleted: includesDeleted, allowsTypeOf: job.contentType == .json)
        } catch {
            return [.failed("InvalidBatch : Failed to process query: \(Self.code(error)): \(error.message)")]
        }
        let isUnordered = plan.order.isEmpty && plan.limit == nil
        let rows = await QueryRunner(plan: plan, org: org).run()
        var parts = [rows]
        if let chunking = job.chunking {
            guard isUnordered else {
                return [.failed("InvalidBatch : Failed to process query: PK chunking does not allow ORDER BY and LIMIT")]
            }
            let tableRows = org.read { $0.tables[plan.object.index].rows.count }
            guard let chunks = chunking.chunks(of: rows, tableRows: tableRows) else {
                return [.failed("InvalidBatch : Failed to process query: PK chunking would make too many batches")]
            }
            parts = chunks
        }
        if isUnordered, faults.settings.shufflesBulkRows { parts = parts.map { $0.shuffled(salt: UInt64($0.count)) } }
        let snapshot = org.snapshot()
        return parts.map { .found(AsyncQueryResult(id: jobs.nextResultID(), plan: plan, rows: $0, snapshot: snapshot)) }
    }

    /// The query's own error, which Bulk 2.0 has under names of its own.
    private static func code(_ error: OrgError) -> String {
        ["INVALIDENTITY": "INVALID_TYPE", "API_ERROR": "FUNCTIONALITY_NOT_ENABLED", "FEATURENOTENABLED": "FUNCTIONALITY_NOT_ENABLED"][
            error.code] ?? error.code
    }
}
