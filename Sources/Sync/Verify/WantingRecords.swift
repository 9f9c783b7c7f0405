import Catalog
import Foundation
import MappedSchema
import Postgres
import Salesforce
import SchemaInspection

/// Records that a comparison found without a row, or with another, read anew by their ids; and rows whose record was not among those that were read. Both
/// are looked at once more before anything is said of them, since a record may have changed or gone after it was read.
struct WantingRecords: Sendable {
    /// The most records that are read anew: more are taken as they were read.
    static let most = 2000

    let table: TableSchema
    /// The records, as COPY takes them.
    private let rows: [QueryPageRows]
    /// Rows whose record is not there.
    private let extra: [String]
    /// Rows whose record was deleted after the comparison began: the next poll takes them away.
    private let leaving: Int
    private let settled: SettledUntil
    private let readAt: Date
    /// What asking cost.
    let calls: Int

    /// Asks for them.
    ///
    /// - Parameters:
    ///   - wanting: records to read anew.
    ///   - candidates: rows that may lack a record.
    ///   - began: when the comparison began, by Salesforce's clock.
    /// - Throws: `SalesforceError`, `SyncError`, `PostgresError`.
    static func read(
        _ wanting: [String], candidates: [String], _ table: TableSchema, settled: SettledUntil, began: Date, scope: SyncScope
    ) async throws -> WantingRecords {
        let readAt = try await scope.target.now()
        let lookup = RecordLookup(scope: scope, table: table)
        let (rows, reads) = try await lookup.rows(wanting)
        let (present, looks) = try await lookup.present(candidates)
        let absent = candidates.filter { !present.contains(String($0.prefix(15))) }
        let (deleted, asked) = absent.isEmpty ? ([], 0) : try await lookup.deleted(after: began)
        let extra = absent.filter { !deleted.contains(String($0.prefix(15))) }
        return WantingRecords(
            table: table, rows: rows, extra: extra, leaving: absent.count - extra.count, settled: settled, readAt: readAt,
            calls: reads + looks + asked)
    }

    /// Compares them with the rows as these are now, and makes the rows what they should be where that was asked for.
    ///
    /// - Returns: what was found, without what it cost; and what was done to rows.
    /// - Throws: `PostgresError`, `SyncError`.
    func settle(repairs: Bool, in session: PostgresSession) throws -> (found: VerifyFindings, counts: RowMerge.Counts) {
        var (found, counts) = (VerifyFindings(), RowMerge.Counts())
        (found.extra, found.behind) = (extra.count, leaving)
        if rows.contains(where: { $0.count > 0 }) {
            let stage = StageTable.ofPoll(table)
            try stage.createTemporary(in: session)
            for page in rows where page.count > 0 {
                let copied = try session.copyIn(stage.copyText) { writer in try page.bytes.withUnsafeBytes { try writer.write($0) } }
                guard copied == page.count else {
                    throw SyncError(code: .inconsistent, message: "\(page.count) records were staged as \(copied)")
                }
            }
            let comparison = StageComparison(table: table, stage: stage, settled: settled, readAt: readAt)
            let (before, merged) = try comparison.settle(stage, of: table, readAt: readAt, repairs: repairs, in: session)
            found = found + before
            counts = merged
        }
        found.examples += extra
        guard repairs, !extra.isEmpty else { return (found, counts) }
        let removed = try MappedRows(of: table).delete(sfids: extra, readAt: readAt, in: session)
        found.repaired += removed.deleted
        return (found, counts + removed)
    }
}

extension StageComparison {
    /// Compares, and merges what is found wanting where that was asked for.
    ///
    /// - Parameter gone: the first 15 characters of the ids of records that were deleted since they were read.
    /// - Throws: `PostgresError`.
    func settle(
        _ stage: StageTable, of table: TableSchema, readAt: Date, repairs: Bool, gone: [String] = [], in session: PostgresSession
    ) throws -> (found: VerifyFindings, counts: RowMerge.Counts) {
        let before = try run(in: session)
        var found = VerifyFindings()
        (found.missing, found.different) = (before.missing, before.different)
        (found.unsettled, found.behind) = (before.unsettled, before.behind)
        found.examples = try wantingIDs(limit: 100, in: session)
        guard repairs, before.wanting > 0 else { return (found, RowMerge.Counts()) }
        let wanting = try wantingRecords(besides: gone, in: session)
        let counts = try RowMerge(table: table, stage: wanting, readAt: readAt).run(in: session)
        found.repaired = before.wanting - (try run(in: session).wanting)
        return (found, counts)
    }
}
