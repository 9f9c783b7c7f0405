public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Brings changes and deletions from Salesforce since the watermark. More than `large_query_threshold` changed rows go through a bulk query.
public struct PollStep: Sendable {
    /// How far a poll that went through Bulk has come.
    struct Checkpoint: Codable, Sendable {
        var upper: Date
        var deletesUntil: Date
        var bulk: BulkRead.Checkpoint
        /// Why the delete log could not be read: then the poll is not done when its rows are.
        var deletesFailure: String?
        /// What came of it, once all is committed: whoever runs the job again has nothing left to do.
        var outcome: String?
    }

    let scope: SyncScope
    let mapping: Mapping

    /// A poll of one mapping.
    public init(scope: SyncScope, mapping: Mapping) {
        self.scope = scope
        self.mapping = mapping
    }

    /// Polls once.
    ///
    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        if let saved: Checkpoint = try scope.context.job.decodeProgress() { return try await goOn(saved) }
        guard let table = try mapping.table(), let watermark = mapping.watermark else {
            return .completed("not loaded yet: its load brings everything")
        }
        guard let stamp = table.stampColumn else {
            return .completed("\(table.objectName) has no SystemModstamp to poll by")
        }
        if try await BulkRead.isBusy(mapping, besides: scope) { return .snooze(.seconds(2)) }
        try await scope.update(mapping, MappingUpdate(state: .pollingSFChanges))
        let lower = PollWindow.lower(watermark: watermark)
        let soql =
            try SOQL.select(table.columns.map(\.field), from: table.objectName)
            + " WHERE \(SOQL.identifier(stamp.field)) >= \(SOQL.literal(lower))"
        if soql.utf8.count <= Self.longestQuery {
            let first = try await scope.salesforce.query(soql, includeDeleted: table.hasIsDeleted)
            if first.envelope.totalSize <= scope.connection.largeQueryThreshold {
                let upper = PollWindow.upper(watermark: watermark, serverTime: first.serverDate)
                // Before the rows: one that was undeleted is in the delete log and among the rows.
                let deletes = try await tryDeletes(table, until: upper)
                let counts = try await merge(first, table)
                // The rows are there; the window is read again with the deletes, for what was undeleted in it.
                let deleted = try deletes.get()
                return .completed(
                    try await finish(
                        table, upper: upper, deletesUntil: deleted.until, rows: first.envelope.totalSize, counts: counts + deleted.counts))
            }
        }
        return try await beginBulk(soql, table, watermark: watermark)
    }

    /// Longest SOQL that is sent in a URL, of which Salesforce takes 16,384 bytes with all headers; percent-encoding makes it longer.
    private static let longestQuery = 8000

    private func beginBulk(_ soql: String, _ table: TableSchema, watermark: Date) async throws -> JobOutcome {
        let read = BulkRead(scope: scope, mapping: mapping, table: table)
        let bulk = try await read.begin(soql: soql, includeDeleted: table.hasIsDeleted, isFresh: false)
        let upper = PollWindow.upper(watermark: watermark, serverTime: bulk.createdAt)
        var checkpoint = Checkpoint(upper: upper, deletesUntil: upper, bulk: bulk)
        switch try await tryDeletes(table, until: upper) {
        case .success(let deletes): checkpoint.deletesUntil = deletes.until
        case .failure(let error): checkpoint.deletesFailure = Failure(error).reason
        }
        try await scope.update(mapping, MappingUpdate(state: .pollingSFBulk))
        try await scope.context.checkpoint(checkpoint)
        return .snooze(BulkRead.pause(afterLooks: 0))
    }

    private func goOn(_ saved: Checkpoint) async throws -> JobOutcome {
        if let outcome = saved.outcome { return .completed(outcome) }
        guard let table = try mapping.table() else { return .completed("the mapping was removed") }
        let read = BulkRead(scope: scope, mapping: mapping, table: table)
        do {
            switch try await read.advance(saved.bulk) {
            case .wait(let bulk, let pause):
                var next = saved
                next.bulk = bulk
                try await scope.context.checkpoint(next)
                return .snooze(pause)
            case .done:
                // The rows are there; the window is read again with the deletes, for what was undeleted in it.
                if let problem = saved.deletesFailure { throw SyncError(code: .inconsistent, message: problem) }
                return .completed(try await finishBulk(table, saved))
            }
        } catch let error as SyncError {
            try await read.startOver(because: error)
            throw error
        }
    }

    private func finishBulk(_ table: TableSchema, _ saved: Checkpoint) async throws -> String {
        let jobID = scope.context.job.id
        let progress = try await scope.catalog.loadProgress(jobID)
        let outcome = try await finish(
            table, upper: saved.upper, deletesUntil: saved.deletesUntil, rows: progress.rows, counts: nil
        ) { [context = scope.context] outcome, session in
            try CatalogStore.deleteLoadPages(jobID, in: session)
            var done = saved
            done.outcome = outcome
            try context.checkpoint(done, in: session)
        }
        let stage = StageTable.ofLoad(mappingID: mapping.id, jobID: jobID, table)
        // The next bulk read drops it otherwise.
        try await scope.target.transaction(under: scope.lease) { try stage.drop(in: $0) }
        try? await scope.salesforce.deleteBulkQuery(saved.bulk.bulkJobID)
        return outcome
    }

    /// Takes page after page: each is staged and merged in one transaction, so that a poll that dies begins again without harm.
    private func merge(_ first: QueryPage, _ table: TableSchema) async throws -> RowMerge.Counts {
        var counts = RowMerge.Counts()
        var page: QueryPage? = first
        while let current = page {
            let rows = try QueryPageRows.copyText(current, columns: table.columns)
            if rows.count > 0 {
                let stage = StageTable.ofPoll(table)
                let mappingID = mapping.id
                counts =
                    counts
                    + (try await scope.commit { session in
                        try stage.createTemporary(in: session)
                        let copied = try session.copyIn(stage.copyText) { writer in try rows.bytes.withUnsafeBytes { try writer.write($0) }
                        }
                        guard copied == rows.count else {
                            throw SyncError(code: .inconsistent, message: "a page of \(rows.count) rows was staged as \(copied)")
                        }
                        try session.run("ANALYZE \(fragment: stage.name)")
                        return try RowMerge(table: table, stage: stage).run(in: session)
                    } records: { counts, session in
                        guard counts.total > 0 else { return }
                        try CatalogStore.recordActivity(mappingID, .salesforceToDatabase, rows: counts.total, in: session)
                        try CatalogStore.updateMapping(
                            mappingID, MappingUpdate(dbCountChange: counts.inserted - counts.deleted), in: session)
                    })
            }
            page = try await scope.salesforce.next(current)
        }
        return counts
    }

    /// - Parameter records: what else is committed with the watermark.
    private func finish(
        _ table: TableSchema, upper: Date, deletesUntil: Date, rows: Int, counts: RowMerge.Counts?,
        records: @Sendable (String, PostgresSession) throws -> Void = { _, _ in }
    ) async throws -> String {
        let salesforceCount = try await recount()
        let summary = counts.map { "\($0.inserted) inserted, \($0.updated) updated, \($0.deleted) deleted" } ?? "merged page by page"
        let outcome = "\(rows) records in the window: \(summary)"
        let (lease, mappingID) = (scope.lease, mapping.id)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try CatalogStore.updateMapping(
                mappingID,
                MappingUpdate(
                    state: .dataSynced, watermark: upper, deleteWatermark: deletesUntil, sfCount: salesforceCount?.count,
                    sfCountKind: salesforceCount?.kind ?? .exact, moments: [.sfPolled, .dbWritten], solved: [.poll, .loadPage]), in: session
            )
            try records(outcome, session)
        }
        if rows > 0 || (counts?.total ?? 0) > 0 {
            try await scope.say(
                mapping: mapping, "Polling Salesforce found \(rows) records of \(table.objectName) in the window: \(summary)")
        }
        return outcome
    }

    /// Counts the org's rows now and then, since every count is a call that the org charges.
    private func recount() async throws -> (count: Int, kind: CountKind)? {
        if let counted = mapping.sfCountAt, counted.timeIntervalSinceNow > -600 { return nil }
        guard scope.connection.features.countsByStatistics else { return (try await scope.salesforce.count(mapping.objectName), .exact) }
        return try await scope.salesforce.recordCount([mapping.objectName])[mapping.objectName].map { ($0, .estimated) }
    }
}
