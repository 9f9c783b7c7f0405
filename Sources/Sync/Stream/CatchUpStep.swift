public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Reads the records of which change events told, as they are now, and merges them as a poll does. The watermark stays where it is: what the next
/// poll finds is the truth, whatever events were lost.
public struct CatchUpStep: Sendable {
    /// From so many records on one poll, which goes through Bulk where it must, is quicker than many small queries.
    static let mostRecords = 2000

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
        if try await BulkRead.isBusy(mapping, besides: scope) { return .snooze(.seconds(2)) }
        if try await scope.catalog.streamChangeCount(of: mapping.id, upTo: Self.mostRecords) >= Self.mostRecords {
            try await scope.catalog.leaveStreamChangesToPoll(mapping)
            return .completed("more than \(Self.mostRecords) records changed: left to a poll")
        }
        let query = CatchUpQuery(table: table)
        var (records, counts) = (0, RowMerge.Counts())
        while true {
            let changes = try await scope.catalog.streamChanges(of: mapping.id, limit: query.batchSize)
            guard !changes.isEmpty else { break }
            counts = counts + (try await read(changes, query, table))
            records += changes.count
            try Task.checkCancellation()
        }
        return .completed("\(records) records: \(counts.inserted) inserted, \(counts.updated) updated, \(counts.deleted) deleted")
    }

    private func read(_ changes: [StreamedChange], _ query: CatchUpQuery, _ table: TableSchema) async throws -> RowMerge.Counts {
        var page: QueryPage? = try await scope.salesforce.query(
            try query.soql(ids: changes.map(\.sfid)), includeDeleted: table.hasIsDeleted)
        var (rows, found): ([QueryPageRows], Set<String>) = ([], [])
        while let current = page {
            rows.append(try QueryPageRows.copyText(current, columns: table.columns))
            found.formUnion(try QueryPageRows.ids(current).map { String($0.prefix(15)) })
            page = try await scope.salesforce.next(current)
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
                counts = try RowMerge(table: table, stage: stage).run(in: session)
            }
            let deleted = gone.isEmpty ? 0 : try MappedRows(of: table).delete(sfids: gone, in: session)
            return counts + RowMerge.Counts(deleted: deleted)
        } records: { counts, session in
            try CatalogStore.forgetStreamChanges(changes, of: mappingID, in: session)
            guard counts.total > 0 else { return }
            try CatalogStore.recordActivity(mappingID, .salesforceToDatabase, rows: counts.total, in: session)
            try CatalogStore.updateMapping(
                mappingID, MappingUpdate(dbCountChange: counts.inserted - counts.deleted, moments: [.sfPolled, .dbWritten]), in: session)
        }
    }
}

/// The query for some records by their ids. A value without I/O.
struct CatchUpQuery: Sendable {
    let table: TableSchema

    /// Longest SOQL that is sent in a URL.
    private static let longest = 8000
    /// A quoted id and a comma.
    private static let idLength = 21

    /// Records a query: as many as fit beside the fields, one at least.
    var batchSize: Int {
        let fields = table.columns.reduce(0) { $0 + $1.field.utf8.count + 1 }
        return max(1, min(200, (Self.longest - fields - table.objectName.utf8.count - 40) / Self.idLength))
    }

    /// - Throws: `SalesforceError` for a name that is none.
    func soql(ids: [String]) throws -> String {
        let id = try SOQL.identifier(table.column(named: "sfid")?.field ?? "Id")
        return try SOQL.select(table.columns.map(\.field), from: table.objectName) + " WHERE \(id) IN \(SOQL.list(ids))"
    }
}
