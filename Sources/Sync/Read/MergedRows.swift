import Catalog
import Foundation
import MappedSchema
import Postgres
import SyncJournal

/// What a merge leaves in the records of a mapping: how many rows came and went, and which were refused.
struct MergedRows: Sendable {
    let mappingID: UUID

    /// - Parameter taken: rows that were refused before and were tried again.
    /// - Throws: `PostgresError`.
    func record(_ counts: RowMerge.Counts, taken: [String] = [], in session: PostgresSession) throws {
        if counts.total > 0 {
            try CatalogStore.recordActivity(mappingID, .salesforceToDatabase, rows: counts.total, in: session)
            try CatalogStore.updateMapping(mappingID, MappingUpdate(dbCountChange: counts.inserted - counts.deleted), in: session)
        }
        try noteRefused(counts.refused, taken: taken, in: session)
    }

    /// - Throws: `PostgresError`.
    func noteRefused(_ refused: [RowRefusal], taken: [String] = [], in session: PostgresSession) throws {
        let rows = refused.map { RefusedRow(sfid: $0.sfid, sqlState: $0.sqlState, constraint: $0.constraint, reason: $0.reason) }
        try CatalogStore.noteRefused(rows, taken: taken, of: mappingID, in: session)
    }
}
