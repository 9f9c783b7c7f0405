public import Catalog
import Foundation
public import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Compares every row of a mapping with its record, range by range of record ids, and where that was asked for makes rows what Salesforce holds. It goes
/// on from the last range after a death, and costs a call for each page of records and a few for rows whose record was not there.
public struct VerifyStep: Sendable {
    /// What was found so far, and where the next range begins.
    struct Checkpoint: Codable, Sendable {
        var after: String?
        var compared = 0
        var missing = 0
        var extra = 0
        var different = 0
        var unsettled = 0
        var behind = 0
        var repaired = 0
        var calls = 0
        /// Some of the records that were found wanting.
        var examples: [String] = []
        var isDone = false
    }

    private static let range = 2000
    private static let mostExamples = 100

    private let scope: SyncScope
    private let mapping: Mapping
    private let args: VerifyArgs

    /// A comparison of one mapping.
    public init(scope: SyncScope, mapping: Mapping, args: VerifyArgs) {
        self.scope = scope
        self.mapping = mapping
        self.args = args
    }

    /// Compares until the last range, or until its time is up, and then goes on in its turn.
    ///
    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    public func run() async throws -> JobOutcome {
        guard let table = try mapping.table(), let watermark = mapping.watermark else { return .completed("the mapping is not loaded yet") }
        var state: Checkpoint = try scope.context.job.decodeProgress() ?? Checkpoint()
        let end = ContinuousClock.now + .seconds(60)
        while !state.isDone {
            try Task.checkCancellation()
            state = try await compare(table, state, watermark: watermark)
            // Polls of the mapping wait meanwhile.
            if ContinuousClock.now > end, !state.isDone { return .snooze(.seconds(1)) }
        }
        let summary =
            "\(state.compared) records compared: \(state.missing) missing, \(state.extra) extra, \(state.different) different, \(state.repaired) repaired; \(state.calls) calls"
        try await scope.say(
            state.missing + state.extra + state.different > state.repaired ? .warning : .info, mapping: mapping,
            "Verified \(table.objectName): \(summary)")
        return .completed(summary)
    }

    private func compare(_ table: TableSchema, _ before: Checkpoint, watermark: Date) async throws -> Checkpoint {
        let lookup = RecordLookup(scope: scope, table: table)
        let (found, last) = try await lookup.records(after: before.after, search: nil, limit: Self.range)
        var state = before
        state.calls += 1
        state.compared += found.count
        state.isDone = last == nil
        state.after = last ?? before.after
        let findings = try await scope.target.transaction(under: scope.lease) { session in
            try RangeComparison(table: table, stage: RecordLookup.stage(found, table, in: session), watermark: watermark)
                .run(after: before.after, last: last, in: session)
        }
        // A row whose record did not come with its range may have one all the same.
        let (present, calls) = try await existing(findings.extra, lookup)
        let extra = findings.extra.filter { !present.contains(String($0.prefix(15))) }
        state.calls += calls
        state.missing += findings.missing.count
        state.different += findings.different.count
        state.extra += extra.count
        state.unsettled += findings.unsettled
        state.behind += findings.behind
        state.examples = Array((state.examples + findings.missing + findings.different + extra).prefix(Self.mostExamples))
        if args.repairs { state.repaired += try await repair(table, found, findings, extra: extra) }
        try await save(state)
        return state
    }

    /// - Returns: the first 15 characters of the ids of those records that there are, and what asking cost.
    private func existing(_ sfids: [String], _ lookup: RecordLookup) async throws -> (Set<String>, calls: Int) {
        var present: Set<String> = []
        var calls = 0
        for start in stride(from: 0, to: sfids.count, by: RecordLookup.mostIDs) {
            let part = Array(sfids[start..<min(start + RecordLookup.mostIDs, sfids.count)])
            present.formUnion(try await lookup.ids(part).map { String($0.prefix(15)) })
            calls += 1
        }
        return (present, calls)
    }

    private func repair(
        _ table: TableSchema, _ found: RecordLookup.Found, _ findings: RangeComparison.Findings, extra: [String]
    ) async throws -> Int {
        guard !findings.missing.isEmpty || !findings.different.isEmpty || !extra.isEmpty else { return 0 }
        let mappingID = mapping.id
        let counts = try await scope.commit { session in
            let stage = try RecordLookup.stage(found, table, in: session)
            var counts = try RowMerge(table: table, stage: stage).run(in: session)
            counts = counts + (try MappedRows(of: table).delete(sfids: extra, in: session))
            return counts
        } records: { counts, session in
            try CatalogStore.recordActivity(mappingID, .salesforceToDatabase, rows: counts.total, in: session)
            try CatalogStore.updateMapping(mappingID, MappingUpdate(dbCountChange: counts.inserted - counts.deleted), in: session)
        }
        return min(counts.total, findings.missing.count + findings.different.count + extra.count)
    }

    private func save(_ state: Checkpoint) async throws {
        let (mappingID, job, lease, context) = (mapping.id, scope.context.job.id, scope.lease, scope.context)
        let report: JSONValue = [
            "compared": .integer(state.compared), "missing": .integer(state.missing), "extra": .integer(state.extra),
            "different": .integer(state.different), "unsettled": .integer(state.unsettled), "behind": .integer(state.behind),
            "repaired": .integer(state.repaired), "calls": .integer(state.calls), "examples": .array(state.examples.map { .string($0) }),
        ]
        try await scope.catalog.pool.transaction { session in
            try JobQueue.hold(lease, in: session)
            try context.checkpoint(state, in: session)
            try CatalogStore.noteVerification(of: mappingID, job: job, report, isFinished: state.isDone, in: session)
        }
    }
}
