import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Takes the pages of a poll by REST: each is staged and merged in one transaction, so that a poll that dies begins again without harm. The last
/// one's moves the watermark and ends the job as well.
struct PollPages: Sendable {
    let scope: SyncScope
    let mapping: Mapping
    let look: SchemaWatch.Look
    /// When Salesforce was asked, by the target's clock.
    let readAt: Date

    private var table: TableSchema { look.table }

    /// - Parameters:
    ///   - firstRows: those of the first page.
    ///   - deletes: what came of the delete log.
    ///   - changed: ids of all records that changed, where a row filter may keep some of them out.
    ///   - upper: the next watermark.
    /// - Throws: `SalesforceError`, `SyncError`, `PostgresError`, `LeaseLost`.
    func run(
        _ first: QueryPage, _ firstRows: QueryPageRows, deletes: Result<(counts: RowMerge.Counts, until: Date), SalesforceError>,
        changed: Set<String>, upper: Date,
        isWide: Bool
    ) async throws -> JobOutcome {
        if first.envelope.totalSize > 0 { try await scope.update(mapping, MappingUpdate(state: .pollingSFChanges)) }
        var counts = RowMerge.Counts()
        var rows = firstRows
        var left = try keptOut(changed, first)
        var page = first
        while !page.isLast {
            // The next page comes while this one is merged.
            let current = page
            async let ahead = following(current)
            counts = counts + (try await commit(rows))
            guard let next = try await ahead else { break }
            left = try keptOut(left, next.page)
            (page, rows) = next
        }
        counts = counts + (try await delete(left))
        counts = counts + (try await takeRefused())
        var update = MappingUpdate(
            state: .dataSynced, watermark: upper, moments: [.sfPolled, .dbWritten], solved: [.poll, .loadPage])
        update.completeWatermark = isWide ? upper : nil
        (update.isDescribed, update.describeDate) = (look.isDescribed, look.date)
        guard case .success(let deleted) = deletes else {
            _ = try await commit(rows)
            // The rows are there; the window is read again with the deletes, for what was undeleted in it.
            _ = try deletes.get()
            return .completed(nil)
        }
        update.deleteWatermark = deleted.until
        try await RecordCount(scope: scope, mapping: mapping).add(to: &update)
        return try await end(rows, before: counts + deleted.counts, found: first.envelope.totalSize, update)
    }

    private func following(_ page: QueryPage) async throws -> (page: QueryPage, rows: QueryPageRows)? {
        guard let next = try await scope.salesforce.next(page, batchSize: table.recordsPerPage) else { return nil }
        return (next, try await BinaryBodies.rows(of: next, table, scope.salesforce))
    }

    private func keptOut(_ changed: Set<String>, _ page: QueryPage) throws -> Set<String> {
        changed.isEmpty ? changed : changed.subtracting(try QueryPageRows.ids(page))
    }

    /// Rows whose records have left the row filter.
    private func delete(_ left: Set<String>) async throws -> RowMerge.Counts {
        guard !left.isEmpty else { return RowMerge.Counts() }
        let mappingID = mapping.id
        return try await scope.commit { session in
            try MappedRows(of: table).delete(sfids: left.sorted(), readAt: readAt, in: session)
        } records: { counts, session in
            try MergedRows(mappingID: mappingID).record(counts, in: session)
        }
    }

    private func commit(_ rows: QueryPageRows) async throws -> RowMerge.Counts {
        guard rows.count > 0 else { return RowMerge.Counts() }
        let mappingID = mapping.id
        return try await scope.commit { session in
            try merge(rows, in: session)
        } records: { counts, session in
            try MergedRows(mappingID: mappingID).record(counts, in: session)
        }
    }

    private func end(
        _ rows: QueryPageRows, before: RowMerge.Counts, found: Int, _ update: MappingUpdate
    ) async throws -> JobOutcome {
        let (mapping, connectionID, jobID) = (mapping, scope.connection.id, scope.context.job.id)
        @Sendable func record(_ last: RowMerge.Counts, _ session: PostgresSession) throws -> String {
            let counts = before + last
            let summary = "\(counts.inserted) inserted, \(counts.updated) updated, \(counts.deleted) deleted"
            try MergedRows(mappingID: mapping.id).record(last, in: session)
            try CatalogStore.updateMapping(mapping.id, update, in: session)
            if found > 0 || counts.total > 0 {
                try CatalogStore.event(
                    .info, connection: connectionID, mapping: mapping.id, job: jobID, type: .read,
                    "Polling Salesforce found \(found) records of \(table.objectName) in the window: \(summary)", in: session)
            }
            let refused = Set(counts.refused.map(\.sfid)).count
            return "\(found) records in the window: \(summary)\(refused == 0 ? "" : ", \(refused) refused")"
        }
        if rows.count == 0 { return try await scope.end { try record(RowMerge.Counts(), $0) } }
        return try await scope.end {
            try merge(rows, in: $0)
        } records: {
            try record($0, $1)
        }
    }

    private func merge(_ rows: QueryPageRows, in session: PostgresSession) throws -> RowMerge.Counts {
        let stage = StageTable.ofPoll(table)
        try stage.createTemporary(in: session)
        let copied = try session.copyIn(stage.copyText) { writer in try rows.bytes.withUnsafeBytes { try writer.write($0) } }
        guard copied == rows.count else {
            throw SyncError(code: .inconsistent, message: "a page of \(rows.count) rows was staged as \(copied)")
        }
        try session.run("ANALYZE \(fragment: stage.name) (sfid)")
        return try RowMerge(table: table, stage: stage, readAt: readAt).run(in: session)
    }

    // MARK: - Rows that were refused before

    private static let mostRetried = 100

    /// Reads anew what the database did not take before: whether it does now, or the org has no such record any more.
    private func takeRefused() async throws -> RowMerge.Counts {
        // Who has refused rows says so.
        guard mapping.stateDescription != nil else { return RowMerge.Counts() }
        let ids = try await scope.catalog.refusedRows(of: mapping.id, limit: Self.mostRetried)
        guard !ids.isEmpty else { return RowMerge.Counts() }
        var gone = Set(ids)
        var rows = QueryPageRows(bytes: [], count: 0)
        for page in try await scope.salesforce.pages(
            ReadQuery(table: table).text(ids: ids), includeDeleted: false, batchSize: table.recordsPerPage)
        {
            gone.subtract(try QueryPageRows.ids(page))
            let more = try await BinaryBodies.rows(of: page, table, scope.salesforce)
            rows = QueryPageRows(bytes: rows.bytes + more.bytes, count: rows.count + more.count)
        }
        let (read, leaving, mappingID) = (rows, gone.sorted(), mapping.id)
        return try await scope.commit { session in
            var counts = read.count > 0 ? try merge(read, in: session) : RowMerge.Counts()
            if !leaving.isEmpty { counts = counts + (try MappedRows(of: table).delete(sfids: leaving, readAt: readAt, in: session)) }
            return counts
        } records: { counts, session in
            try MergedRows(mappingID: mappingID).record(counts, taken: ids, in: session)
        }
    }
}
