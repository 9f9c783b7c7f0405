import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres

/// What a verification leaves in the records of its mapping: the report, rows that were mended, and a line in the journal at its end.
struct VerifyReport: Sendable {
    let scope: SyncScope
    let mapping: Mapping

    /// - Parameters:
    ///   - counts: what was done to rows since the last report.
    ///   - total: the table's rows, counted now; nil before the end.
    /// - Throws: `PostgresError`.
    func record(
        _ found: VerifyFindings, _ counts: RowMerge.Counts, total: (rows: Int, isExact: Bool)?, in session: PostgresSession
    ) throws {
        let job = scope.context.job.id
        try MergedRows(mappingID: mapping.id).record(counts, in: session)
        try CatalogStore.noteVerification(of: mapping.id, job: job, found.report, isFinished: total != nil, in: session)
        guard let total else { return }
        var update = MappingUpdate(dbCount: total.rows, sfCount: found.compared)
        update.dbCountKind = total.isExact ? .exact : .estimated
        try CatalogStore.updateMapping(mapping.id, update, in: session)
        try CatalogStore.event(
            found.isWanting || found.repaired > 0 ? .warning : .info, connection: scope.connection.id, mapping: mapping.id, job: job,
            type: .read, "Verified \(mapping.objectName): \(found.message)", in: session)
    }
}
