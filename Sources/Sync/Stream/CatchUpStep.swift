public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce
import SyncJournal

/// Reads the records of which change events told, as they are now, and merges them as a poll does. The watermark stays where it is: what the next
/// poll finds is the truth, whatever events were lost.
public struct CatchUpStep: Sendable {
    /// From so many records on one poll, which goes through Bulk where it must, is quicker than many small queries.
    static let mostRecords = 2000
    /// Records a query.
    private static let batchSize = 200

    private let scope: SyncScope
    private let mapping: Mapping

    /// Reads the records of one mapping.
    public init(scope: SyncScope, mapping: Mapping) {
        self.scope = scope
        self.mapping = mapping
    }

    /// Reads until none waits.
    ///
    /// - Throws: `SalesforceError`, `SyncError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        guard let table = try mapping.table(), mapping.watermark != nil, mapping.config.acceleratesPolling else {
            try await scope.catalog.leaveStreamChangesToPoll(mapping)
            return .completed("left to its load or its polls")
        }
        if let rest = scope.connection.pollsRestUntil, rest > Date() {
            try await scope.catalog.leaveStreamChangesToPoll(mapping, polling: false)
            return .completed("left to the polls of tomorrow: \(scope.connection.budgetDescription ?? "")")
        }
        if try await ReadStep.isBusy(mapping, besides: scope, for: .poll) { return .snooze(.seconds(2)) }
        if try await scope.catalog.streamChangeCount(of: mapping.id, upTo: Self.mostRecords) >= Self.mostRecords {
            try await scope.catalog.leaveStreamChangesToPoll(mapping)
            return .completed("more than \(Self.mostRecords) records changed: left to a poll")
        }
        var (records, counts) = (0, RowMerge.Counts())
        while true {
            let changes = try await scope.catalog.streamChanges(of: mapping.id, limit: Self.batchSize)
            guard !changes.isEmpty else { break }
            counts = counts + (try await read(changes, table))
            records += changes.count
            try Task.checkCancellation()
        }
        return .completed("\(records) records: \(counts.inserted) inserted, \(counts.updated) updated, \(counts.deleted) deleted")
    }

    private func read(_ changes: [StreamedChange], _ table: TableSchema) async throws -> RowMerge.Counts {
        let readAt = try await scope.target.now()
        var page: QueryPage? = try await scope.salesforce.firstPage(
            try ReadQuery(table: table).text(ids: changes.map(\.sfid)), includeDeleted: table.hasIsDeleted, batchSize: table.recordsPerPage)
        var (rows, found): ([QueryPageRows], Set<String>) = ([], [])
        while let current = page {
            rows.append(try await BinaryBodies.rows(of: current, table, scope.salesforce))
            found.formUnion(try QueryPageRows.ids(current).map { String($0.prefix(15)) })
            page = try await scope.salesforce.next(current, batchSize: table.recordsPerPage)
        }
        // What is in no answer was deleted for good, or is hidden from this user: an event that says so is believed, others are left to polls.
        let gone = changes.filter { $0.isDeleted && !found.contains(String($0.sfid.prefix(15))) }.map(\.sfid)
        let (mappingID, stage, pages) = (mapping.id, StageTable.ofPoll(table), rows.filter { $0.count > 0 })
        return try await scope.commit { session in
            var counts = RowMerge.Counts()
            if !pages.isEmpty {
                try stage.createTemporary(in: session)
                _ = try session.copyIn(stage.copyText) { writer in
                    for page in pages { try page.bytes.withUnsafeBytes { try writer.write($0) } }
                }
                counts = try RowMerge(table: table, stage: stage, readAt: readAt).run(in: session)
            }
            return gone.isEmpty ? counts : counts + (try MappedRows(of: table).delete(sfids: gone, readAt: readAt, in: session))
        } records: { counts, session in
            try CatalogStore.forgetStreamChanges(changes, of: mappingID, in: session)
            try MergedRows(mappingID: mappingID).record(counts, in: session)
            guard counts.total > 0 else { return }
            try CatalogStore.updateMapping(mappingID, MappingUpdate(moments: [.sfPolled, .dbWritten]), in: session)
        }
    }
}
