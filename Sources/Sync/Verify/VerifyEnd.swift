import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Salesforce
import SchemaInspection

/// The end of a verification whose records were read by a bulk query and lie in the stage: they are compared with the rows as a set, what is found is
/// looked at once more, and the report is there when the job ends. No poll and no change event of the mapping is taken in meanwhile.
struct VerifyEnd: Sendable {
    let scope: SyncScope
    let mapping: Mapping
    let table: TableSchema

    private var stage: StageTable { .ofLoad(mappingID: mapping.id, jobID: scope.context.job.id, table) }

    /// - Throws: `SalesforceError`, `PostgresError`, `SyncError`, `LeaseLost`.
    func run(_ progress: ReadProgress) async throws -> JobOutcome {
        let args: VerifyArgs = try scope.context.job.decodeArgs()
        guard let startedAt = progress.startedAt else { throw SyncError(code: .inconsistent, message: "the comparison lost its query") }
        let pages =
            progress.isStaged
            ? LoadProgress(pages: 1, done: 1, rows: progress.rows, bytes: progress.bytes)
            : try await scope.catalog.loadProgress(scope.context.job.id)
        let settled = try await settledUntil(progress, startedAt)
        let comparison = StageComparison(table: table, stage: stage, settled: settled, readAt: progress.askedAt)
        let first = try await look(comparison, pages, startedAt)
        let isMass = first.findings.wanting > WantingRecords.most
        // What was deleted after it was read must not come back, nor what was in the same second.
        let (gone, asked) =
            isMass && args.repairs
            ? try await RecordLookup(scope: scope, table: table).deleted(after: startedAt.addingTimeInterval(-2)) : ([], 0)
        let rest = try await WantingRecords.read(
            isMass ? [] : first.wanting, candidates: first.candidates, table, settled: settled, began: startedAt, scope: scope)
        let calls = (progress.calls ?? 0) + pages.pages + asked + rest.calls
        let (stage, table, readAt, repairs) = (stage, table, progress.askedAt, args.repairs)
        let outcome = try await scope.end { session in
            var (found, counts) = try rest.settle(repairs: repairs, in: session)
            if isMass {
                let (mass, merged) = try comparison.settle(
                    stage, of: table, readAt: readAt, repairs: repairs, gone: Array(gone), in: session)
                (found, counts) = (found + mass, counts + merged)
            } else {
                found.unsettled += first.findings.unsettled
                found.behind += first.findings.behind
            }
            try stage.drop(in: session)
            (found.compared, found.calls) = (pages.rows, calls)
            return (found: found, counts: counts, total: try MappedRows(of: table).count(in: session))
        } records: { [scope, mapping] result, session in
            try CatalogStore.deleteLoadPages(scope.context.job.id, in: session)
            try VerifyReport(scope: scope, mapping: mapping).record(result.found, result.counts, total: result.total, in: session)
            try scope.context.checkpoint(progress.after(.ended(result.found.summary)), in: session)
            return result.found.summary
        }
        for id in progress.bulkJobIDs { try? await scope.salesforce.deleteBulkQuery(id) }
        return outcome
    }

    private func settledUntil(_ progress: ReadProgress, _ startedAt: Date) async throws -> SettledUntil {
        if let complete = try await scope.catalog.mapping(mapping.id)?.completeWatermark, complete >= startedAt { return .everything }
        let watermark = progress.watermark ?? startedAt
        return SettledUntil(watermark: watermark, complete: progress.completeWatermark ?? watermark)
    }

    private struct Look: Sendable {
        var findings: StageComparison.Findings
        var wanting: [String]
        var candidates: [String]
    }

    private func look(_ comparison: StageComparison, _ pages: LoadProgress, _ startedAt: Date) async throws -> Look {
        let stage = stage
        return try await scope.target.transaction(under: scope.lease) { session in
            // Stages are unlogged: a crash of Postgres empties them.
            guard try stage.count(in: session) == pages.rows, try stage.hasItsColumns(in: session) else {
                throw SyncError(
                    code: .inconsistent,
                    message: "the records of \(mapping.objectName) were lost, or the mapping has other fields now; they are read again")
            }
            let findings = try comparison.run(in: session)
            return Look(
                findings: findings, wanting: try comparison.wantingIDs(limit: WantingRecords.most, in: session),
                candidates: try comparison.rowsWithoutRecord(stampedBefore: startedAt, limit: WantingRecords.most, in: session))
        }
    }
}
