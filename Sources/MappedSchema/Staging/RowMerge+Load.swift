package import Foundation
package import Postgres

// What ends a load.
extension RowMerge {
    /// Deletes rows that the org no longer has: those with an `sfid` that no staged row carries.
    ///
    /// - Parameter before: rows stamped later than this are newer than the load, and stay. Of those that were not read back yet, which have no stamp, the log tells
    ///   which were written since the rows were asked for.
    /// - Returns: what was deleted, and what somebody's constraint or trigger holds.
    /// - Throws: `PostgresError`.
    package func deleteMissing(stampedBefore before: Date, in session: PostgresSession) throws -> Counts {
        // Stamps are kept in UTC without a zone.
        let newer: PostgresQuery =
            table.stampColumn.map { stamp in
                let isOlder: PostgresQuery = "t.\(identifier: stamp.name) < \(before)::timestamptz AT TIME ZONE 'UTC'"
                return readAt == nil ? "AND \(fragment: isOlder)" : "AND (t.\(identifier: stamp.name) IS NULL OR \(fragment: isOlder))"
            } ?? ""
        let isMissing: PostgresQuery = """
            t.sfid IS NOT NULL \(fragment: newer) AND NOT EXISTS (SELECT FROM \(fragment: stage.name) s WHERE s.sfid = t.sfid)
              \(fragment: table.isNotOwnRecord(row: "t", since: readAt))
            """
        do {
            return try RowNarrowing.attempt(in: session) {
                Counts(deleted: try DeletedRows(table: table).delete(where: isMissing, timeout: timeout, in: session))
            }
        } catch let error as PostgresError where error.refusesRow {
            let ids = try session.query("SELECT t.sfid FROM \(fragment: target) t WHERE \(fragment: isMissing)", timeout: timeout).map {
                try $0.decode("sfid", as: String.self)
            }
            return try MappedRows(of: table).delete(sfids: ids, because: error, in: session)
        }
    }
}
