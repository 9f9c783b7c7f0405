public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Brings changes and deletions from Salesforce since the watermark. More than `large_query_threshold` changed rows go through a bulk query.
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
        guard let first = try await firstPage(range, table) else {
            if table.filter != nil {
                try await compareIDs(table, because: "very many records changed, and some may have left its row filter")
            }
            return try await ReadStep(scope: scope, mapping: mapping, purpose: .poll)
                .run(from: try await bulkProgress(range, table, window, readAt: readAt))
        }
        let upper = PollWindow.upper(watermark: watermark, serverTime: first.serverDate)
        // Before the rows: one that was undeleted is in the delete log and among the rows.
        let deletes = try await tryDeletes(table, until: upper, readAt: readAt)
        return try await PollPages(scope: scope, mapping: mapping, look: look, readAt: readAt)
            .run(first, deletes: deletes, changed: changed, upper: upper, isWide: window.isWide)
    }

    /// Ids of records that changed, asked for before the rows: those that the row filter then keeps out have left it. Empty without a filter.
    private func changedIDs(_ range: ReadRange, _ table: TableSchema) async throws -> Set<String> {
        guard table.filter != nil else { return [] }
        var ids: Set<String> = []
        var page: QueryPage? = try await scope.salesforce.firstPage(try ReadQuery(table: table).unfilteredIDs(range), includeDeleted: false)
        while let current = page, ids.count <= scope.connection.largeQueryThreshold {
            ids.formUnion(try QueryPageRows.ids(current))
            page = try await scope.salesforce.next(current)
        }
        return ids
    }

    /// The first page of what changed; nil when that is too much for REST.
    private func firstPage(_ range: ReadRange, _ table: TableSchema) async throws -> QueryPage? {
        do {
            let page = try await scope.salesforce.firstPage(
                try ReadQuery(table: table).text(range), includeDeleted: table.hasIsDeleted, batchSize: table.recordsPerPage)
            let most =
                table.hasBinary ? max(scope.connection.largeQueryThreshold, BinaryBodies.mostRecords) : scope.connection.largeQueryThreshold
            return page.envelope.totalSize <= most ? page : nil
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
