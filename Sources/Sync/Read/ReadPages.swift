import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// The result pages of a read's queries, each a job.
struct ReadPages: Sendable {
    let scope: SyncScope
    let mapping: Mapping
    let table: TableSchema

    /// Since this version of the API Salesforce lists a result's pages; before it, each page tells where the next begins.
    private static let listedSince = 58.0

    /// Notes the pages of a query that is done, and enqueues a job for each that is new.
    ///
    /// - Returns: how many calls it took.
    /// - Throws: `SalesforceError`; `PostgresError`; `LeaseLost`.
    func enqueue(of bulkJobID: String, slice: Int) async throws -> Int {
        let first = slice * ReadProgress.pagesPerSlice
        let isListed = (Double(scope.salesforce.apiVersion) ?? 0) >= Self.listedSince
        let (locators, calls): ([String?], Int) = isListed ? try await locators(of: bulkJobID) : ([nil], 0)
        let pages = locators.enumerated().map { LoadPage(number: first + $0.offset, locator: $0.element) }
        let (jobID, lease) = (scope.context.job.id, scope.lease)
        let (mappingID, connectionID) = (mapping.id, scope.connection.id)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            // A page that was noted before has its job already.
            let new = try CatalogStore.insertLoadPages(pages, loadJobID: jobID, in: session)
            let jobs = try pages.filter { new.contains($0.number) }.map {
                try NewJob.loadPage(
                    $0, loadJobID: jobID, bulkJobID: bulkJobID, isChained: !isListed, mappingID: mappingID, connectionID: connectionID)
            }
            _ = try JobQueue.enqueue(jobs, in: session)
        }
        return calls
    }

    private func locators(of bulkJobID: String) async throws -> (locators: [String?], calls: Int) {
        var locators: [String?] = []
        var calls = 0
        var next: String? = nil
        repeat {
            let list = try await scope.salesforce.resultPages(jobID: bulkJobID, next: next)
            locators += list.locators
            next = list.next
            calls += 1
        } while next != nil
        return (locators, calls)
    }

    /// Whether the pages are loaded.
    ///
    /// - Throws: `SyncError` with code `.bulkJobFailed` when one never will be; `Failure` of a page that no attempt can help.
    func look(_ progress: ReadProgress) async throws -> ReadProgress.Answer {
        let pages = try await scope.catalog.loadProgress(scope.context.job.id)
        guard pages.isComplete else {
            try await checkPagesLive()
            return .loading(rows: pages.rows, bytes: pages.bytes, at: Date())
        }
        return .loaded
    }

    /// Pages that are missing and that nobody works on, whatever ended their jobs. A job leaves after its page is noted, so the jobs are looked
    /// at first.
    private func checkPagesLive() async throws {
        let jobID = scope.context.job.id
        let queue = scope.context.queue
        guard try await !queue.hasLive(kind: JobKind.loadPage.rawValue, ofMapping: mapping.id, argument: "loadJobID", jobID),
            try await scope.catalog.hasMissingLoadPage(jobID)
        else { return }
        // What no attempt at a page can help, no attempt at the load can either.
        if let kind = JobKind(rawValue: scope.context.job.kind),
            let failure = try await scope.catalog.trouble(of: mapping.id, source: kind).flatMap(Failure.init)
        {
            throw failure
        }
        let error = try await queue.lastError(kind: JobKind.loadPage.rawValue, ofMapping: mapping.id, argument: "loadJobID", jobID)
        throw SyncError(
            code: .bulkJobFailed,
            message: "a page of the load of \(table.objectName) could not be loaded: \(error ?? "its job was cancelled or is gone")")
    }
}
