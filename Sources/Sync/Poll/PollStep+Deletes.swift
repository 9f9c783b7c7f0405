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
    func tryDeletes(_ table: TableSchema, until upper: Date) async throws -> Result<(counts: RowMerge.Counts, until: Date), SalesforceError>
    {
        do {
            return .success(try await applyDeletes(table, until: upper))
        } catch let error as SalesforceError where error.code != .cancelled {
            return .failure(error)
        }
    }

    /// Deletes rows that the org's delete log names. It knows hard deletes, which a query no longer shows; a row that was undeleted since
    /// comes back with the query that follows.
    ///
    /// - Returns: what was deleted, and until when the log was read.
    func applyDeletes(_ table: TableSchema, until upper: Date) async throws -> (counts: RowMerge.Counts, until: Date) {
        let from = (mapping.deleteWatermark ?? mapping.watermark ?? upper).addingTimeInterval(-120)
        // The log takes whole minutes, more than one of them.
        guard upper.timeIntervalSince(from) > 120 || mapping.deleteWatermark == nil else {
            return (RowMerge.Counts(), mapping.deleteWatermark ?? upper)
        }
        try await scope.update(mapping, MappingUpdate(state: .pollingSFForDeletes))
        let log: DeletedRecords
        do {
            log = try await scope.salesforce.deleted(table.objectName, from: from, to: upper)
        } catch let error as SalesforceError where error.meansNotReplicateable {
            return (RowMerge.Counts(), upper)
        } catch let error as SalesforceError where error.code == "INVALID_REPLICATION_DATE" {
            // The log no longer reaches back: only comparing all ids shows what was deleted.
            try await reloadForDeletes(table, because: error.message)
            return (RowMerge.Counts(), upper)
        }
        if log.earliestDateAvailable > from, mapping.deleteWatermark != nil {
            try await reloadForDeletes(table, because: "it begins at \(log.earliestDateAvailable)")
        }
        let ids = log.records.map(\.id)
        guard !ids.isEmpty else { return (RowMerge.Counts(), min(log.latestDateCovered, upper)) }
        let mappingID = mapping.id
        let deleted = try await scope.commit { session in
            try MappedRows(of: table).delete(sfids: ids, in: session)
        } records: { deleted, session in
            guard deleted > 0 else { return }
            try CatalogStore.recordActivity(mappingID, .salesforceToDatabase, rows: deleted, in: session)
            try CatalogStore.updateMapping(mappingID, MappingUpdate(dbCountChange: -deleted), in: session)
        }
        return (RowMerge.Counts(deleted: deleted), min(log.latestDateCovered, upper))
    }

    private func reloadForDeletes(_ table: TableSchema, because reason: String) async throws {
        try await scope.say(
            .warning, mapping: mapping,
            "Salesforce's delete log of \(table.objectName) no longer reaches back (\(reason)); reloading to compare all ids")
        _ = try await scope.context.queue.enqueue([try .load(mapping, reason: .reload, requestedBy: "poll")])
    }
}
