public import Catalog
import Foundation
import HTTPTransport
public import JobQueue
import Logging
import MappedSchema
import Postgres
import Salesforce

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
        guard let load = try await loadCheckpoint(), load.bulkJobID == args.bulkJobID, let table = try mapping.table() else {
            return .completed("its load is over")
        }
        if try await scope.catalog.isLoadPageDone(args.number, loadJobID: args.loadJobID) {
            try await wakeLoad()
            return .completed("loaded before")
        }
        let result = try await take(load, table)
        try await wakeLoad()
        return .completed(
            "\(result.rows) rows, \(result.bytes) bytes: \(result.counts.inserted) inserted, \(result.counts.updated) updated")
    }

    private func take(_ load: BulkRead.Checkpoint, _ table: TableSchema) async throws -> Result {
        if load.isFresh {
            do {
                return try await download { try Self.fill(table, from: $0, in: $1) }
            } catch let error as PostgresError where error.sqlState == PostgresError.uniqueViolation {
                scope.logger.info("Rows are in the way of the first load: merging this page", metadata: ["table": "\(table.qualifiedName)"])
            }
        }
        let page = StageTable.ofPage(mappingID: mapping.id, jobID: args.loadJobID, number: args.number, token: scope.lease.token, table)
        try await makeStage(page, table)
        return try await download { try Self.merge(page, into: table, from: $0, in: $1) }
    }

    /// Downloads the page into `take` and notes it as done, in one transaction; an expired session is renewed once.
    private func download(_ take: @escaping @Sendable (ResultDownload, PostgresSession) throws -> Result) async throws -> Result {
        let request = try await scope.salesforce.resultsRequest(jobID: args.bulkJobID, locator: args.locator)
        do {
            return try await commit(ResultDownload(request, transfers: scope.transfers), take)
        } catch let error as SalesforceError where error.httpStatus == 401 {
            let renewed = try await scope.salesforce.reauthorised(request)
            return try await commit(ResultDownload(renewed, transfers: scope.transfers), take)
        }
    }

    private func commit(
        _ download: ResultDownload, _ take: @escaping @Sendable (ResultDownload, PostgresSession) throws -> Result
    ) async throws -> Result {
        let (args, mapping) = (args, mapping)
        return try await withTaskCancellationHandler {
            try await scope.commit { session in
                try take(download, session)
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
        return try await scope.context.queue.checkpoint(ofLive: args.loadJobID, key: "bulk", as: Owner.self)?.bulk
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

    /// A page of a first load: straight into the table, whose rows nobody else has.
    private static func fill(_ table: TableSchema, from download: ResultDownload, in session: PostgresSession) throws -> Result {
        let copied = try copy(download, MappedRows(of: table).copyCSV, in: session)
        return Result(rows: copied.rows, bytes: copied.bytes, counts: RowMerge.Counts(inserted: copied.rows))
    }

    /// Any other page: staged, then merged.
    private static func merge(_ page: StageTable, into table: TableSchema, from download: ResultDownload, in session: PostgresSession)
        throws -> Result
    {
        let copied = try copy(download, page.copyCSV, in: session)
        // All that the merge's plan depends on.
        try session.run("ANALYZE \(fragment: page.name) (sfid)", timeout: .seconds(600))
        return Result(rows: copied.rows, bytes: copied.bytes, counts: try RowMerge(table: table, stage: page).run(in: session))
    }

    private static func copy(
        _ download: ResultDownload, _ statement: PostgresQuery, in session: PostgresSession
    ) throws -> (rows: Int, bytes: Int) {
        var bytes = 0
        var promised: Int?
        let rows = try session.copyIn(statement) { writer in
            let head = try download.run { chunk in
                bytes += chunk.count
                try writeWithoutNUL(chunk, writer.write)
            }
            promised = head.numberOfRecords
        }
        if let promised, promised != rows {
            throw SyncError(code: .inconsistent, message: "a result page promised \(promised) rows and held \(rows)")
        }
        return (rows, bytes)
    }

    /// Postgres has no NUL in its texts; Salesforce has, though hardly ever.
    private static func writeWithoutNUL(_ chunk: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer) throws -> Void) throws {
        var rest = chunk
        while let start = rest.baseAddress, let nul = memchr(start, 0, rest.count) {
            let length = nul - UnsafeMutableRawPointer(mutating: start)
            if length > 0 { try write(UnsafeRawBufferPointer(rebasing: rest[..<length])) }
            rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
        }
        if !rest.isEmpty { try write(rest) }
    }

    /// The load waits for its last page without a slot; this ends its wait early.
    private func wakeLoad() async throws {
        if try await scope.catalog.loadProgress(args.loadJobID).isComplete {
            try await scope.context.queue.wake(args.loadJobID)
        }
    }
}
