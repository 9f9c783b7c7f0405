public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce
import SchemaInspection

/// Compares every row of a mapping with its record, and where that was asked for makes rows what Salesforce holds. Polls go on meanwhile. A large object
/// is read by one bulk query into a stage (`ReadStep`, `VerifyEnd`); a small one by REST, range by range of record ids, and goes on from the last range
/// after a death.
public struct VerifyStep: Sendable {
    /// What was found so far, and where the next range begins.
    struct Checkpoint: Codable, Sendable {
        var after: String?
        var found = VerifyFindings()
        /// When the first range was asked for, by Salesforce's clock.
        var began: Date?
        var isDone = false

        func adding(_ findings: VerifyFindings) -> Checkpoint {
            Checkpoint(after: after, found: found + findings, began: began, isDone: isDone)
        }
    }

    private static let range = 2000

    private let scope: SyncScope
    private let mapping: Mapping
    private let args: VerifyArgs

    /// A comparison of one mapping.
    public init(scope: SyncScope, mapping: Mapping, args: VerifyArgs) {
        self.scope = scope
        self.mapping = mapping
        self.args = args
    }

    /// Compares until the end, or until its time is up, and then goes on in its turn.
    ///
    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        guard let table = try mapping.table(), mapping.watermark != nil else { return .completed("the mapping is not loaded yet") }
        let read = ReadStep(scope: scope, mapping: mapping, purpose: .verify)
        if let saved = ReadStep.saved(scope) { return try await read.run(from: saved) }
        var state: Checkpoint? = try? scope.context.job.decodeProgress()
        if state == nil, isLarge, !table.hasBinary {
            if try await ReadStep.isBusy(mapping, besides: scope, for: .verify) { return .snooze(.seconds(2)) }
            var progress = ReadProgress(phase: .query, readAt: try await scope.target.now())
            progress.comparesValues = true
            (progress.watermark, progress.completeWatermark) = (mapping.watermark, mapping.completeWatermark)
            return try await read.run(from: progress)
        }
        let end = ContinuousClock.now + .seconds(60)
        while true {
            try Task.checkCancellation()
            let next = try await compare(table, state ?? Checkpoint())
            if next.isDone { return .completed(next.found.summary) }
            state = next
            // Polls of the mapping wait meanwhile.
            if ContinuousClock.now > end { return .snooze(.seconds(1)) }
        }
    }

    private var isLarge: Bool { max(mapping.dbCount ?? 0, mapping.sfCount ?? 0) > scope.connection.largeQueryThreshold }

    private func compare(_ table: TableSchema, _ before: Checkpoint) async throws -> Checkpoint {
        if before.isDone { return before }
        let readAt = try await scope.target.now()
        let began = if let began = before.began { began } else { try await scope.salesforce.serverDate() }
        let settled = SettledUntil(watermark: mapping.watermark ?? .distantPast, complete: mapping.completeWatermark)
        let (records, last) = try await RecordLookup(scope: scope, table: table)
            .records(after: before.after, search: nil, limit: Self.range)
        let look = try await look(records, table, settled, readAt: readAt, after: before.after, through: last)
        let rest = try await WantingRecords.read(
            look.wanting, candidates: look.candidates, table, settled: settled, began: began, scope: scope)
        var range = look.found
        (range.compared, range.calls) = (records.count, (before.began == nil ? 2 : 1) + rest.calls)
        let so = Checkpoint(after: last ?? before.after, found: before.found + range, began: began, isDone: last == nil)
        let report = VerifyReport(scope: scope, mapping: mapping)
        let (repairs, context) = (args.repairs, scope.context)
        let result = try await scope.commit { session in
            let settled = try rest.settle(repairs: repairs, in: session)
            return (found: settled.found, counts: settled.counts, total: so.isDone ? try MappedRows(of: table).count(in: session) : nil)
        } records: { result, session in
            let next = so.adding(result.found)
            try context.checkpoint(next, in: session)
            try report.record(next.found, result.counts, total: result.total, in: session)
        }
        return so.adding(result.found)
    }

    private struct Look: Sendable {
        var found = VerifyFindings()
        var wanting: [String]
        var candidates: [String]
    }

    private func look(
        _ records: RecordLookup.Found, _ table: TableSchema, _ settled: SettledUntil, readAt: Date, after: String?, through last: String?
    ) async throws -> Look {
        try await scope.target.transaction(under: scope.lease) { session in
            let comparison = StageComparison(
                table: table, stage: try RecordLookup.stage(records, table, in: session), settled: settled, readAt: readAt)
            let findings = try comparison.run(in: session)
            var look = Look(
                wanting: try comparison.wantingIDs(limit: Self.range, in: session),
                candidates: try comparison.rowsWithoutRecord(
                    after: after, through: last, stampedBefore: .distantFuture, limit: .max, in: session))
            (look.found.unsettled, look.found.behind) = (findings.unsettled, findings.behind)
            return look
        }
    }
}
