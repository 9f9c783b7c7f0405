public import Catalog
import Foundation
import HTTPTransport
public import JobQueue
import Logging
import MappedSchema
import Postgres
import Salesforce
import SyncJournal

/// Loads one result page of a bulk query: from Salesforce's socket into COPY on one thread, unparsed, in one transaction.
public struct LoadPageStep: Sendable {
    private let scope: SyncScope
    private let mapping: Mapping
    private let args: LoadPageArgs

    /// A page of a load.
    public init(scope: SyncScope, mapping: Mapping, args: LoadPageArgs) {
        self.scope = scope
        self.mapping = mapping
        self.args = args
    }

    /// Loads the page; a page that was loaded before, or whose load is over, is left alone.
    ///
    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        guard let read = try await progress(), read.bulkJobIDs.contains(args.bulkJobID), let mapped = try mapping.table() else {
            return .completed("its load is over")
        }
        if try await scope.catalog.isLoadPageDone(args.number, loadJobID: args.loadJobID) {
            try await wakeLoad()
            return .completed("loaded before")
        }
        if read.comparesValues == true, try await !stageFits(mapped) {
            try await scope.context.queue.wake(args.loadJobID)
            return .completed("the mapping has other fields now, and is compared anew")
        }
        let result = try await take(read, read.isOfIDs ? mapped.idsOnly : mapped)
        try await wakeLoad()
        return .completed(
            "\(result.rows) rows, \(result.bytes) bytes: \(result.counts.inserted) inserted, \(result.counts.updated) updated")
    }

    private func stageFits(_ table: TableSchema) async throws -> Bool {
        let stage = StageTable.ofLoad(mappingID: mapping.id, jobID: args.loadJobID, table)
        return try await scope.target.pool.withSession { try stage.hasItsColumns(in: $0) }
    }

    private func take(_ read: ReadProgress, _ table: TableSchema) async throws -> PageCopy.Result {
        do {
            return try await take(read, table, .binary)
        } catch let error where PageCopy.isForPostgres(error) {
            scope.logger.info("A page is copied again as CSV", metadata: ["table": "\(table.qualifiedName)", "because": "\(error)"])
            return try await take(read, table, .csv)
        }
    }

    private func take(_ read: ReadProgress, _ table: TableSchema, _ form: PageCopy.Form) async throws -> PageCopy.Result {
        if read.isFresh {
            let heap = FirstHeap(mappingID: mapping.id, jobID: args.loadJobID, table)
            return try await download { try Self.fill(PageCopy(stage: heap.stage, table: table, form: form), from: $0, in: $1) }
        }
        let page = StageTable.ofPage(mappingID: mapping.id, jobID: args.loadJobID, number: args.number, token: scope.lease.token, table)
        try await makeStage(page, table)
        let copy = PageCopy(stage: page, table: table, form: form)
        if read.isOfIDs || read.comparesValues == true { return try await download { try copy.run($0, in: $1) } }
        return try await download { try Self.merge(copy, readAt: read.askedAt, from: $0, in: $1) }
    }

    /// Downloads the page into `take` and notes it as done, in one transaction; an expired session is renewed once.
    private func download(_ take: @escaping @Sendable (ResultDownload, PostgresSession) throws -> PageCopy.Result) async throws
        -> PageCopy.Result
    {
        let request = try await scope.salesforce.resultsRequest(jobID: args.bulkJobID, locator: args.locator)
        do {
            return try await commit(ResultDownload(request, transfers: scope.transfers), take)
        } catch let error as SalesforceError where error.httpStatus == 401 {
            let renewed = try await scope.salesforce.reauthorised(request)
            return try await commit(ResultDownload(renewed, transfers: scope.transfers), take)
        }
    }

    private func commit(
        _ download: ResultDownload, _ take: @escaping @Sendable (ResultDownload, PostgresSession) throws -> PageCopy.Result
    ) async throws -> PageCopy.Result {
        let (args, mapping) = (args, mapping)
        return try await withTaskCancellationHandler {
            try await scope.commit { session in
                try take(download, session)
            } records: { result, session in
                try CatalogStore.finishLoadPage(args.number, loadJobID: args.loadJobID, rows: result.rows, bytes: result.bytes, in: session)
                try CatalogStore.recordActivity(mapping.id, .salesforceToDatabase, rows: result.counts.total, in: session)
                try MergedRows(mappingID: mapping.id).noteRefused(result.counts.refused, in: session)
                if args.isChained == true, let locator = result.nextLocator { try enqueueNext(locator, in: session) }
            }
        } onCancel: {
            download.cancel()
        }
    }

    /// The page after this one, which only this one's answer tells: noted before the read can take this one for its last.
    private func enqueueNext(_ locator: String, in session: PostgresSession) throws {
        let next = LoadPage(number: args.number + 1, locator: locator)
        guard try CatalogStore.insertLoadPages([next], loadJobID: args.loadJobID, in: session).contains(next.number) else { return }
        let job = try NewJob.loadPage(
            next, loadJobID: args.loadJobID, bulkJobID: args.bulkJobID, isChained: true, mappingID: mapping.id,
            connectionID: mapping.connectionID)
        _ = try JobQueue.enqueue([job], in: session)
    }

    /// How far the read has come whose page this is; nil when it is over.
    private func progress() async throws -> ReadProgress? {
        try await scope.context.queue.checkpoint(ofLive: args.loadJobID, key: ReadStep.checkpointKey)
    }

    /// An empty table beneath the load's parent, in a transaction of its own: making it locks the parent, which other pages need too.
    private func makeStage(_ page: StageTable, _ table: TableSchema) async throws {
        let parent = StageTable.ofLoad(mappingID: mapping.id, jobID: args.loadJobID, table)
        let abandoned = StageTable.pagePrefix(mappingID: mapping.id, jobID: args.loadJobID, number: args.number)
        try await scope.target.transaction(under: scope.lease) { session in
            try StageTable.dropAbandoned(prefix: abandoned, in: session)
            try page.createPage(of: parent, in: session)
        }
    }

    /// A page of a first load: into the heap that becomes the table.
    private static func fill(_ copy: PageCopy, from download: ResultDownload, in session: PostgresSession) throws -> PageCopy.Result {
        var result = try copy.run(download, in: session)
        result.counts.inserted = result.rows
        return result
    }

    /// Any other page: staged, then merged.
    private static func merge(
        _ copy: PageCopy, readAt: Date, from download: ResultDownload, in session: PostgresSession
    ) throws -> PageCopy.Result {
        var result = try copy.run(download, in: session)
        // All that the merge's plan depends on.
        try session.run("ANALYZE \(fragment: copy.stage.name) (sfid)", timeout: .seconds(600))
        result.counts = try RowMerge(table: copy.table, stage: copy.stage, readAt: readAt).run(in: session)
        return result
    }

    /// The load waits for its last page without a slot; this ends its wait early.
    private func wakeLoad() async throws {
        if try await scope.catalog.loadProgress(args.loadJobID).isComplete {
            try await scope.context.queue.wake(args.loadJobID)
        }
    }
}
