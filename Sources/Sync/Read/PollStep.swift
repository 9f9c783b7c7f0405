public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Brings changes and deletions from Salesforce since the watermark. Rows that are more than `large_query_threshold`
/// come by REST or by a bulk query, whichever is quicker (`ReadWay`).
public struct PollStep: Sendable {
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
        if let saved = ReadStep.saved(scope) {
            return try await ReadStep(scope: scope, mapping: mapping, purpose: .poll).run(from: saved)
        }
        guard let table = try mapping.table(), let watermark = mapping.watermark else {
            return .completed("not loaded yet: its load brings everything")
        }
        guard table.stampColumn != nil else { return .completed("\(table.objectName) has no SystemModstamp to poll by") }
        if try await ReadStep.isBusy(mapping, besides: scope, for: .poll) { return .snooze(.seconds(2)) }
        let watch = SchemaWatch(scope: scope, mapping: mapping)
        let look = try await watch.lookIfDue(table)
        do {
            return try await poll(look, watermark: watermark)
        } catch let error where SchemaSign.isSeen(in: error) {
            let second = try await watch.look(look.table)
            guard second.hasChanged else { throw error }
            return try await poll(second, watermark: watermark)
        }
    }

    private func poll(_ look: SchemaWatch.Look, watermark: Date) async throws -> JobOutcome {
        let table = look.table
        let window = PollWindow.after(watermark: watermark, complete: mapping.completeWatermark)
        let range = ReadRange(from: window.lower)
        let readAt = try await scope.target.now()
        let changed = try await changedIDs(range, table)
        let first = try await firstPage(range, table)
        if table.filter != nil, changed == nil || first == nil {
            try await compareIDs(table, because: "very many records changed, and some may have left its row filter")
        }
        guard let first else {
            return try await ReadStep(scope: scope, mapping: mapping, purpose: .poll)
                .run(from: try await bulkProgress(range, table, window, readAt: readAt))
        }
        let upper = PollWindow.upper(watermark: watermark, serverTime: first.serverDate)
        async let rows = BinaryBodies.rows(of: first, table, scope.salesforce)
        // Before the rows: one that was undeleted is in the delete log and among the rows.
        let deletes = try await tryDeletes(table, until: upper, readAt: readAt)
        return try await PollPages(scope: scope, mapping: mapping, look: look, readAt: readAt)
            .run(first, try await rows, deletes: deletes, changed: changed ?? [], upper: upper, isWide: window.isWide)
    }

    /// Ids of records that changed, asked for before the rows: those that the row filter then keeps out have left it. Empty without a filter, nil
    /// where they are too many.
    private func changedIDs(_ range: ReadRange, _ table: TableSchema) async throws -> Set<String>? {
        guard table.filter != nil else { return [] }
        let soql = try ReadQuery(table: table).unfilteredIDs(range)
        do {
            var page = try await scope.salesforce.firstPage(soql, includeDeleted: false)
            guard page.envelope.totalSize <= ReadWay.mostByREST(threshold: scope.connection.largeQueryThreshold) else { return nil }
            var ids = Set(try QueryPageRows.ids(page))
            while let next = try await scope.salesforce.next(page) {
                ids.formUnion(try QueryPageRows.ids(next))
                page = next
            }
            return ids
        } catch let error as SalesforceError where error.meansTooMuch {
            return nil
        }
    }

    /// The first page of what changed; nil when the rest is better left to a bulk query.
    private func firstPage(_ range: ReadRange, _ table: TableSchema) async throws -> QueryPage? {
        let began = ContinuousClock.now
        do {
            let page = try await scope.salesforce.firstPage(
                try ReadQuery(table: table).text(range), includeDeleted: table.hasIsDeleted, batchSize: table.recordsPerPage)
            let took = ContinuousClock.now - began
            // Files come by REST or not at all.
            if table.hasBinary, page.envelope.totalSize <= BinaryBodies.mostRecords { return page }
            let way = try ReadWay.of(
                rows: page.envelope.totalSize, threshold: scope.connection.largeQueryThreshold,
                first: .init(rows: try QueryPageRows.ids(page).count, seconds: took / .seconds(1)), pace: scope.connection.bulkPace)
            return way == .rest ? page : nil
        } catch let error as SalesforceError where error.meansTooMuch {
            return nil
        }
    }

    private func bulkProgress(
        _ range: ReadRange, _ table: TableSchema, _ window: PollWindow, readAt: Date
    ) async throws -> ReadProgress {
        var progress = ReadProgress(phase: .query, range: range, readAt: readAt)
        progress.isWide = window.isWide
        progress.blocksPolls = true
        let upper = PollWindow.upper(watermark: window.lower, serverTime: try await scope.salesforce.serverDate())
        switch try await tryDeletes(table, until: upper, readAt: readAt) {
        case .success(let deletes): progress.deletesUntil = deletes.until
        case .failure(let error): progress.deletesFailure = Failure(error).reason
        }
        try await scope.update(mapping, MappingUpdate(state: .pollingSFBulk))
        try await scope.context.checkpoint(progress)
        return progress
    }
}
