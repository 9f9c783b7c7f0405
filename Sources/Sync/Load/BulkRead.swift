import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// A Bulk 2.0 query whose result pages are jobs of their own, so that several workers read one object together. The job that owns it
/// never waits in a slot: it saves where it is and asks to be run again.
struct BulkRead: Sendable {
    /// How far the read has come; part of its job's checkpoint.
    struct Checkpoint: Codable, Sendable, Equatable {
        /// Salesforce's id of the query job.
        var bulkJobID: String
        /// When the query job was made, by Salesforce's clock.
        var createdAt: Date
        /// Whether the pages are known and enqueued.
        var hasPages = false
        /// Looks at the query job so far: the pause between two grows with them.
        var looks = 0
        /// Whether the table was empty: then pages go into it without a stage.
        var isFresh = false
    }

    /// What to do next.
    enum Step: Sendable, Equatable {
        case wait(Checkpoint, Duration)
        case done
    }

    let scope: SyncScope
    let mapping: Mapping
    let table: TableSchema

    private var stage: StageTable { .ofLoad(mappingID: mapping.id, jobID: scope.context.job.id, table) }

    /// Whether another job reads this mapping through Bulk: it waits without a slot between its looks, and nothing may slip in between.
    static func isBusy(_ mapping: Mapping, besides scope: SyncScope) async throws -> Bool {
        try await scope.context.queue.hasLive(ofMapping: mapping.id, besides: scope.context.job.id, checkpointKey: "bulk")
    }

    /// Starts the query at Salesforce and makes the stage for its pages.
    func begin(soql: String, includeDeleted: Bool, isFresh: Bool) async throws -> Checkpoint {
        let mappingID = mapping.id
        let stage = stage
        try await scope.target.transaction(under: scope.lease) { session in
            try StageTable.dropAll(mappingID: mappingID, in: session)
            try stage.createParent(in: session)
        }
        let job = try await scope.salesforce.createBulkQuery(soql, operation: includeDeleted ? .queryAll : .query)
        guard let createdAt = job.created else {
            throw SyncError(code: .inconsistent, message: "Salesforce made the query job \(job.id) without saying when")
        }
        return Checkpoint(bulkJobID: job.id, createdAt: createdAt, isFresh: isFresh)
    }

    /// Takes one look.
    ///
    /// - Throws: `SyncError` with code `.bulkJobFailed` or `.inconsistent`; `SalesforceError`; `PostgresError`.
    func advance(_ checkpoint: Checkpoint) async throws -> Step {
        var next = checkpoint
        if !checkpoint.hasPages {
            let status = try await look(checkpoint.bulkJobID)
            guard status.state.isFinal else {
                next.looks += 1
                return .wait(next, Self.pause(afterLooks: next.looks))
            }
            guard status.state == .jobComplete else { throw failure(of: status) }
            try await enqueuePages(checkpoint)
            next.hasPages = true
            return .wait(next, .seconds(10))
        }
        let progress = try await scope.catalog.loadProgress(scope.context.job.id)
        guard progress.isComplete else {
            try await checkPagesLive()
            return .wait(next, .seconds(10))
        }
        // Rows of a first load went into the table itself.
        if !checkpoint.isFresh { try await checkRowCount(progress) }
        return .done
    }

    /// Forgets the query and its pages, so that the job's next attempt begins with a new query, when that is what can help: Salesforce gave the
    /// query up, a page is lost, or what was staged is not what was promised.
    func startOver(because error: SyncError) async throws {
        guard error.code == .inconsistent || error.code == .bulkJobFailed else { return }
        let (lease, jobID) = (scope.lease, scope.context.job.id)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.checkpoint(lease, progress: "null", in: session)
            try CatalogStore.deleteLoadPages(jobID, in: session)
        }
    }

    /// A query that Salesforce does not know any more, since somebody deleted it, is as good as one that failed.
    private func look(_ bulkJobID: String) async throws -> BulkJob {
        do {
            return try await scope.salesforce.bulkQuery(bulkJobID)
        } catch let error as SalesforceError where error.httpStatus == 404 {
            throw SyncError(code: .bulkJobFailed, message: "the bulk query of \(table.objectName) is gone at Salesforce: \(error.message)")
        }
    }

    private func failure(of job: BulkJob) -> SyncError {
        SyncError(
            code: job.failure.meaning == .endsMapping(.badConfig) ? .badConfiguration : .bulkJobFailed,
            message: "the bulk query of \(table.objectName) ended as \(job.state.rawValue) at Salesforce: \(job.failure.message)")
    }

    /// A fifth of a second at first, growing to ten seconds.
    static func pause(afterLooks looks: Int) -> Duration {
        min(.milliseconds(200 * (1 << min(looks, 6))), .seconds(10))
    }

    private func enqueuePages(_ checkpoint: Checkpoint) async throws {
        var locators: [String?] = []
        var next: String? = nil
        repeat {
            let list = try await scope.salesforce.resultPages(jobID: checkpoint.bulkJobID, next: next)
            locators += list.locators
            next = list.next
        } while next != nil
        let pages = locators.enumerated().map { LoadPage(number: $0.offset, locator: $0.element) }
        let (jobID, bulkJobID, lease) = (scope.context.job.id, checkpoint.bulkJobID, scope.lease)
        let (mappingID, connectionID) = (mapping.id, scope.connection.id)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            // A page that was noted before has its job already.
            let known = try CatalogStore.loadProgress(jobID, in: session).pages
            try CatalogStore.insertLoadPages(pages, loadJobID: jobID, in: session)
            let jobs = try pages.dropFirst(known).map {
                try NewJob.loadPage($0, loadJobID: jobID, bulkJobID: bulkJobID, mappingID: mappingID, connectionID: connectionID)
            }
            _ = try JobQueue.enqueue(jobs, in: session)
        }
    }

    /// Pages that are missing and that nobody works on, whatever ended their jobs. A job leaves after its page is noted, so the jobs are looked
    /// at first.
    private func checkPagesLive() async throws {
        let jobID = scope.context.job.id
        let isLive = try await scope.context.queue.hasLive(
            kind: JobKind.loadPage.rawValue, ofMapping: mapping.id, argument: "loadJobID", jobID)
        guard !isLive else { return }
        let row = try await scope.catalog.pool.query(
            """
            SELECT EXISTS (SELECT FROM sluice.load_pages WHERE load_job_id = \(jobID) AND done_at IS NULL) AS is_lost,
                   (SELECT max(last_error) FROM sluice.finished_jobs WHERE kind = \(JobKind.loadPage.rawValue) AND mapping_id = \(mapping.id)
                    AND state <> 'completed' AND (args->>'loadJobID')::bigint = \(jobID)) AS error
            """)[0]
        guard try row.decode("is_lost") else { return }
        // What no attempt at a page can help, no attempt at the load can either.
        if let kind = JobKind(rawValue: scope.context.job.kind),
            let failure = try await scope.catalog.trouble(of: mapping.id, source: kind).flatMap(Failure.init)
        {
            throw failure
        }
        let error: String? = try row.decodeIfPresent("error")
        throw SyncError(
            code: .bulkJobFailed,
            message: "a page of the load of \(table.objectName) could not be loaded: \(error ?? "its job was cancelled or is gone")")
    }

    /// Stage tables are unlogged: a crash of Postgres empties them, and only counting shows it.
    private func checkRowCount(_ progress: LoadProgress) async throws {
        let stage = stage
        let staged: Int?
        do {
            staged = try await scope.target.pool.query("SELECT count(*) AS rows FROM \(fragment: stage.name)", timeout: .seconds(600))[0]
                .decode("rows", as: Int.self)
        } catch let error as PostgresError where [PostgresError.undefinedTable, PostgresError.undefinedSchema].contains(error.sqlState) {
            staged = nil
        }
        guard staged == progress.rows else {
            let held = staged.map { "holds \($0) rows" } ?? "is gone"
            throw SyncError(
                code: .inconsistent,
                message: "the stage of \(table.qualifiedName) \(held), its pages had \(progress.rows) rows; the load starts over")
        }
    }
}
