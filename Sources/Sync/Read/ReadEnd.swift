import Catalog
import Foundation
import JobQueue
import Logging
import MappedSchema
import Postgres
import Salesforce

/// The end of a read: what the org no longer has goes, rows that wait in the stage are merged, the watermark moves, pages and stage are forgotten and
/// the job ends, all of it in one transaction where both databases are one. Whoever runs the job again finds that it has ended.
struct ReadEnd: Sendable {
    let scope: SyncScope
    let mapping: Mapping
    let purpose: ReadPurpose
    /// The table, with all of its columns.
    let table: TableSchema
    let indexMegabytes: Int

    private var stage: StageTable { .ofLoad(mappingID: mapping.id, jobID: scope.context.job.id, table) }

    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    func run(_ progress: ReadProgress) async throws -> JobOutcome {
        // The rows are there; the window is read again with the deletes, for what was undeleted in it.
        if let problem = progress.deletesFailure { throw SyncError(code: .inconsistent, message: problem) }
        let startedAt = progress.startedAt ?? .distantPast
        let pages =
            progress.isStaged
            ? LoadProgress(pages: 1, done: 1, rows: progress.rows, bytes: progress.bytes)
            : try await scope.catalog.loadProgress(scope.context.job.id)
        let rows = ReadRows(
            table: table, stage: stage, heap: FirstHeap(mappingID: mapping.id, jobID: scope.context.job.id, table), progress: progress,
            purpose: purpose, expected: pages.rows, commitsWithRecords: scope.target.isControlDatabase)
        let isIndexed =
            rows.isHeap ? try await HeapIndexing(scope: scope, table: table, heap: rows.heap, megabytes: indexMegabytes).run() : false
        if !rows.isHeap, purpose.findsEverything, purpose.readsRows { try await finishTable() }
        var update = update(progress, startedAt, found: pages.rows)
        if !purpose.findsEverything { try await RecordCount(scope: scope, mapping: mapping).add(to: &update) }
        let outcome = try await scope.end { session in
            try rows.settle(isIndexed: isIndexed, in: session)
        } records: { [update] result, session in
            try record(progress, pages, result.counts, update, count: result.count, in: session)
        }
        for id in progress.bulkJobIDs { try? await scope.salesforce.deleteBulkQuery(id) }
        await notePace(progress, rows: pages.rows)
        // Nobody waits for statistics; where this does not come to it, autovacuum makes them.
        if isIndexed { try? await scope.target.pool.withSession { [table] in try MappedRows(of: table).analyzeIfFree(in: $0) } }
        return outcome
    }

    /// Of one query, of no more rows than a poll may have: a larger one is waited for longer.
    private func notePace(_ progress: ReadProgress, rows: Int) async {
        guard progress.bulkJobIDs.count == 1, let asked = progress.startedAt, let complete = progress.pagesSince, rows <= 250_000 else {
            return
        }
        // By Salesforce's clock and by ours, which need not agree.
        let wait = Duration.seconds(min(max(complete.timeIntervalSince(asked), 0.2), 600))
        let seconds = max(Date().timeIntervalSince(complete), 0.001)
        try? await scope.catalog.noteBulkPace(
            scope.connection.id, wait: wait, rowsPerSecond: rows < 5000 ? nil : Int(Double(rows) / seconds))
    }

    /// What may take long, and may be done twice.
    private func finishTable() async throws {
        let table = table
        try await scope.target.transaction(under: scope.lease) { try TargetTable.ensureIndexes(table, in: $0) }
        try await scope.target.pool.withSession { try MappedRows(of: table).analyze(in: $0) }
    }

    private func update(_ progress: ReadProgress, _ startedAt: Date, found: Int) -> MappingUpdate {
        switch purpose {
        case .poll:
            let upper = PollWindow.upper(watermark: mapping.watermark ?? startedAt, serverTime: startedAt)
            var update = MappingUpdate(
                state: .dataSynced, watermark: upper, deleteWatermark: progress.deletesUntil, moments: [.sfPolled, .dbWritten],
                solved: [.poll, .loadPage])
            update.completeWatermark = progress.isWide ? upper : nil
            return update
        case .load(.deletes):
            return MappingUpdate(
                state: .dataSynced, deleteWatermark: startedAt, sfCount: found, moments: [.sfPolled, .dbWritten],
                solved: [.load, .loadPage])
        case .verify:
            // Its end is another (VerifyEnd).
            return MappingUpdate()
        case .load(.columns), .load(.refresh):
            return MappingUpdate(
                state: .dataSynced, nextPoll: .after(.zero), sfCount: found, moments: [.sfPolled, .dbWritten],
                solved: [.load, .loadPage, .poll])
        case .load(.initial), .load(.reload):
            var update = MappingUpdate(
                state: .dataSynced, watermark: startedAt, deleteWatermark: startedAt, nextPoll: .after(.zero), sfCount: found,
                moments: [.sfPolled, .dbWritten], solved: [.load, .loadPage, .poll])
            update.completeWatermark = startedAt
            return update
        }
    }

    private func record(
        _ progress: ReadProgress, _ pages: LoadProgress, _ counts: RowMerge.Counts, _ update: MappingUpdate,
        count: (rows: Int, isExact: Bool)?,
        in session: PostgresSession
    ) throws -> String {
        let (context, connectionID) = (scope.context, scope.connection.id)
        let outcome: String
        try MergedRows(mappingID: mapping.id).record(counts, in: session)
        var update = update
        if let count { (update.dbCount, update.dbCountKind) = (count.rows, count.isExact ? .exact : .estimated) }
        try CatalogStore.updateMapping(mapping.id, update, in: session)
        if purpose.findsEverything {
            let read = "\(pages.rows) rows in \(pages.pages) pages"
            outcome = "\(read), \(pages.bytes) bytes, \(counts.deleted) rows deleted"
            try CatalogStore.retryParkedWrites(connectionID, mapping: mapping.id, in: session)
            try CatalogStore.event(
                .info, connection: connectionID, mapping: mapping.id, job: context.job.id, type: .read,
                "RELOAD COMPLETE \(mapping.objectName) \(read)", in: session)
        } else {
            outcome = "\(pages.rows) records in the window: merged page by page"
            if pages.rows > 0 {
                try CatalogStore.event(
                    .info, connection: connectionID, mapping: mapping.id, job: context.job.id, type: .read,
                    "Polling Salesforce found \(pages.rows) records of \(table.objectName) in the window: merged page by page", in: session)
            }
        }
        try CatalogStore.deleteLoadPages(context.job.id, in: session)
        try context.checkpoint(progress.after(.ended(outcome)), in: session)
        return outcome
    }
}
