import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Salesforce

extension PollStep {
    /// Applies deletes where the log can be read: when it cannot, rows that changed need not wait for it.
    ///
    /// - Throws: what is not Salesforce's refusal.
    func tryDeletes(_ table: TableSchema, until upper: Date, readAt: Date) async throws -> Result<
        (counts: RowMerge.Counts, until: Date), SalesforceError
    > {
        do {
            return .success(try await applyDeletes(table, until: upper, readAt: readAt))
        } catch let error as SalesforceError where error.code != .cancelled {
            return .failure(error)
        }
    }

    /// Deletes rows that the org's delete log names. It knows hard deletes, which a query no longer shows; a row that was undeleted since
    /// comes back with the query that follows.
    ///
    /// - Returns: what was deleted, and until when the log was read.
    func applyDeletes(_ table: TableSchema, until upper: Date, readAt: Date) async throws -> (counts: RowMerge.Counts, until: Date) {
        let from = (mapping.deleteWatermark ?? mapping.watermark ?? upper).addingTimeInterval(-120)
        // The log takes whole minutes, more than one of them.
        guard upper.timeIntervalSince(from) > 120 || mapping.deleteWatermark == nil else {
            return (RowMerge.Counts(), mapping.deleteWatermark ?? upper)
        }
        let log: DeletedRecords
        do {
            log = try await scope.salesforce.deleted(table.objectName, from: from, to: upper)
        } catch let error as SalesforceError where error.meansNotReplicateable {
            return (RowMerge.Counts(), upper)
        } catch let error as SalesforceError where error.code == "INVALID_REPLICATION_DATE" {
            try await compareIDs(table, because: "Salesforce's delete log no longer reaches back: \(error.message)")
            return (RowMerge.Counts(), mapping.deleteWatermark ?? upper)
        }
        // To where deletes are known, by the log or by a comparison: what is asked for besides is only for safety.
        let reachesBack = mapping.deleteWatermark.map { log.earliestDateAvailable <= $0 } ?? true
        if !reachesBack {
            try await compareIDs(
                table, because: "Salesforce's delete log no longer reaches back, it begins at \(log.earliestDateAvailable)")
        }
        let until = reachesBack ? min(log.latestDateCovered, upper) : mapping.deleteWatermark ?? upper
        let ids = log.records.map(\.id)
        guard !ids.isEmpty else { return (RowMerge.Counts(), until) }
        try await scope.update(mapping, MappingUpdate(state: .pollingSFForDeletes))
        let mappingID = mapping.id
        let counts = try await scope.commit { session in
            try MappedRows(of: table).delete(sfids: ids, readAt: readAt, in: session)
        } records: { counts, session in
            try MergedRows(mappingID: mappingID).record(counts, in: session)
        }
        return (counts, until)
    }

    /// Only comparing all ids shows which rows no longer belong here. It is asked for with every poll until it is done.
    func compareIDs(_ table: TableSchema, because reason: String) async throws {
        let added = try await scope.context.queue.enqueue([try .load(mapping, reason: .deletes, requestedBy: "poll")])
        guard added.contains(where: { $0 != nil }) else { return }
        try await scope.say(
            .warning, mapping: mapping,
            "Comparing all ids of \(table.objectName): \(reason)")
    }
}
