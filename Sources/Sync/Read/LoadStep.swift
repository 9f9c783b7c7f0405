public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres

/// Loads a mapped table, for the first time or again. A reload never shows an empty or partial table and keeps `id`s: rows are staged,
/// merged by `sfid`, and what the org no longer has is deleted last.
public struct LoadStep: Sendable {
    private let scope: SyncScope
    private let mapping: Mapping
    private let reason: LoadArgs.Reason
    private let indexMegabytes: Int

    /// Postgres' own 64 MB are too few to sort a million ids without going to disk.
    public static let defaultIndexMegabytes = 128

    /// A load of one mapping.
    ///
    /// - Parameter indexMegabytes: what Postgres may take for each of the indexes that it makes at a time at the end of a first load, where its own
    ///   `maintenance_work_mem` is not more.
    public init(scope: SyncScope, mapping: Mapping, reason: LoadArgs.Reason, indexMegabytes: Int = defaultIndexMegabytes) {
        self.scope = scope
        self.mapping = mapping
        self.reason = reason
        self.indexMegabytes = indexMegabytes
    }

    /// Goes on from where the last run of the job stopped.
    ///
    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        // A table without rows has no columns to fill, and no ids to compare.
        let purpose: ReadPurpose = .load(mapping.watermark == nil ? .initial : reason)
        let step = ReadStep(scope: scope, mapping: mapping, purpose: purpose, indexMegabytes: indexMegabytes)
        if let saved = ReadStep.saved(scope) { return try await step.run(from: saved) }
        if try await ReadStep.isBusy(mapping, besides: scope, for: purpose) { return .snooze(.seconds(2)) }
        var progress = ReadProgress(phase: purpose.readsRows ? .describe : .query, readAt: try await scope.target.now())
        progress.isOfIDs = !purpose.readsRows
        progress.blocksPolls = purpose.keepsPollsWaiting ? true : nil
        return try await step.run(from: progress)
    }
}
