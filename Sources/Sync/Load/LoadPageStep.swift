public import Catalog
import Foundation
import HTTPTransport
public import JobQueue
import Postgres
import Salesforce

/// Loads one result page of a bulk query: from Salesforce's socket into COPY on one thread, unparsed, then merged, all in one transaction.
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
        guard let load = try await loadCheckpoint(), load.bulkJobID == args.bulkJobID, let table = try mapping.table() else {
            return .completed("its load is over")
        }
        if try await scope.catalog.isLoadPageDone(args.number, loadJobID: args.loadJobID) {
            try await wakeLoad()
            return .completed("loaded before")
        }
        let page = StageTable.ofPage(mappingID: mapping.id, jobID: args.loadJobID, number: args.number, token: scope.lease.token, table)
        try await makeStage(page, table)
        var request = try await scope.salesforce.resultsRequest(jobID: args.bulkJobID, locator: args.locator)
        let result: Result
        do {
            result = try await take(request, into: page, of: table, isFresh: load.isFresh)
        } catch let error as SalesforceError where error.httpStatus == 401 {
            request = try await scope.salesforce.reauthorised(request)
            result = try await take(request, into: page, of: table, isFresh: load.isFresh)
        }
        try await wakeLoad()
        return .completed(
            "\(result.rows) rows, \(result.bytes) bytes: \(result.counts.inserted) inserted, \(result.counts.updated) updated")
    }

    /// Downloads, stages and merges the page in one transaction, and notes it as done.
    private func take(_ request: HTTPRequest, into page: StageTable, of table: TableSchema, isFresh: Bool) async throws -> Result {
        let download = ResultDownload(request, transfers: scope.transfers)
        let (args, mapping) = (args, mapping)
        return try await withTaskCancellationHandler {
            try await scope.commit { session in
                let copied = try Self.copy(download, into: page, in: session)
                try session.run("ANALYZE \(fragment: page.name)", timeout: .seconds(600))
                let counts = try Self.merge(page, table: table, isFresh: isFresh, in: session)
                return Result(rows: copied.rows, bytes: copied.bytes, counts: counts)
            } records: { result, session in
                try CatalogStore.finishLoadPage(args.number, loadJobID: args.loadJobID, rows: result.rows, bytes: result.bytes, in: session)
                try CatalogStore.recordActivity(mapping.id, .salesforceToDatabase, rows: result.counts.total, in: session)
            }
        } onCancel: {
            download.cancel()
        }
    }

    private struct Result: Sendable {
        let rows: Int
        let bytes: Int
        let counts: RowMerge.Counts
    }

    /// The part of a load's or poll's checkpoint that its pages need; nil when that job is over.
    private func loadCheckpoint() async throws -> BulkRead.Checkpoint? {
        struct Owner: Decodable {
            let bulk: BulkRead.Checkpoint
        }
        let rows = try await scope.catalog.pool.query(
            "SELECT progress FROM sluice.jobs WHERE id = \(args.loadJobID) AND progress->'bulk' IS NOT NULL")
        return try rows.first?.decodeJSON("progress", as: Owner.self).bulk
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

    private static func copy(_ download: ResultDownload, into page: StageTable, in session: PostgresSession) throws -> (
        rows: Int, bytes: Int
    ) {
        var bytes = 0
        var promised: Int?
        let rows = try session.copyIn(page.copyCSV) { writer in
            let head = try download.run { chunk in
                bytes += chunk.count
                try writer.write(chunk)
            }
            promised = head.numberOfRecords
        }
        if let promised, promised != rows {
            throw SyncError(code: .inconsistent, message: "a result page promised \(promised) rows and held \(rows)")
        }
        return (rows, bytes)
    }

    private static func merge(_ page: StageTable, table: TableSchema, isFresh: Bool, in session: PostgresSession) throws -> RowMerge.Counts
    {
        let merge = RowMerge(table: table, stage: page)
        guard isFresh else { return try merge.run(in: session) }
        try session.run("SAVEPOINT fresh")
        do {
            return try merge.insertOnly(in: session)
        } catch let error as PostgresError where error.sqlState == PostgresError.uniqueViolation {
            // Somebody made rows of their own while the table was loading: match them the careful way.
            try session.run("ROLLBACK TO SAVEPOINT fresh")
            return try merge.run(in: session)
        }
    }

    /// The load waits for its last page without a slot; this ends its wait early.
    private func wakeLoad() async throws {
        if try await scope.catalog.loadProgress(args.loadJobID).isComplete {
            try await scope.context.queue.wake(args.loadJobID)
        }
    }
}
