import Foundation
import MappedSchema
import Postgres

/// The last of a read's work on rows, in one transaction: those that wait in a heap or in the stage get into the table, and those go that the org no longer
/// has.
struct ReadRows: Sendable {
    /// The table, with all of its columns.
    let table: TableSchema
    let stage: StageTable
    let heap: FirstHeap
    let progress: ReadProgress
    let purpose: ReadPurpose
    /// Rows that the pages had.
    let expected: Int
    /// Whether all records of what is done here are committed with it. Otherwise this may be done already.
    let commitsWithRecords: Bool

    /// Whether the pages went into a heap.
    var isHeap: Bool { progress.isFresh && !progress.isStaged }

    /// What came of it.
    struct Result: Sendable {
        var counts = RowMerge.Counts()
        /// The table's rows; nil when nobody asks.
        var count: (rows: Int, isExact: Bool)?
    }

    /// - Parameter isIndexed: says that the heap has its indexes.
    /// - Throws: `SyncError` with code `.inconsistent` when rows are lost; `PostgresError`.
    func settle(isIndexed: Bool, in session: PostgresSession) throws -> Result {
        var result = Result()
        if try isHere(in: session) {
            if isHeap, isIndexed, try heap.takePlace(in: session) {
                try stage.drop(in: session)
                result.count = (expected, true)
                return result
            }
            result.counts = try merge(in: session)
        }
        if purpose.findsEverything { result.count = try MappedRows(of: table).count(in: session) }
        try stage.drop(in: session)
        if progress.isFresh { try heap.stage.drop(in: session) }
        return result
    }

    private func merge(in session: PostgresSession) throws -> RowMerge.Counts {
        let merge = RowMerge(table: table, stage: isHeap ? heap.stage : stage, readAt: progress.askedAt)
        var counts = RowMerge.Counts()
        if isHeap { try TargetTable.ensureIndexes(table, in: session) }
        if isHeap || progress.isStaged && purpose.readsRows { counts = try merge.run(in: session) }
        guard purpose.comparesIDs, !isHeap else { return counts }
        return counts + (try merge.deleteMissing(stampedBefore: progress.startedAt ?? .distantPast, in: session))
    }

    /// Whether the rows wait still; false when a run that could not say so has committed them, as it may where two databases cannot commit as one.
    /// Stages are unlogged: a crash of Postgres empties them, and only counting shows it.
    private func isHere(in session: PostgresSession) throws -> Bool {
        let staged = try isHeap ? (heap.stage.exists(in: session) ? expected : nil) : stage.count(in: session)
        if staged == expected { return true }
        if staged == nil, !commitsWithRecords, try !isHeap || MappedRows(of: table).count(in: session).rows >= expected { return false }
        let held = staged.map { "holds \($0) rows" } ?? "is gone"
        throw SyncError(
            code: .inconsistent,
            message: "the stage of \(table.qualifiedName) \(held), its pages had \(expected) rows; the load starts over")
    }
}
