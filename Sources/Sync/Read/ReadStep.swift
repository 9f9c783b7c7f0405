import Catalog
import Foundation
import HTTPTransport
import JobQueue
import Logging
import MappedSchema
import Postgres
import Salesforce

/// Drives a read from answer to answer (`ReadProgress`). The job never waits in a slot: it saves where it is and asks to be run again. Result pages are
/// jobs of their own, so that several workers read one object together.
struct ReadStep: Sendable {
    let scope: SyncScope
    let mapping: Mapping
    let purpose: ReadPurpose
    /// What Postgres may take for an index of a first load.
    var indexMegabytes = LoadStep.defaultIndexMegabytes

    /// The key of a job's checkpoint that tells a read under way from other jobs.
    static let checkpointKey = "slices"
    /// The key of one that keeps polls waiting.
    private static let blockingKey = "blocksPolls"
    /// The key of one that changes nothing.
    private static let comparingKey = "comparesValues"

    /// Whether another job reads this mapping: it waits without a slot between its looks, and nothing may slip in between.
    static func isBusy(_ mapping: Mapping, besides scope: SyncScope, for purpose: ReadPurpose) async throws -> Bool {
        try await scope.context.queue.hasLive(
            ofMapping: mapping.id, besides: scope.context.job.id, checkpointKey: purpose == .poll ? blockingKey : checkpointKey,
            unlessKey: purpose == .verify ? nil : comparingKey)
    }

    /// Where the job's last run stopped; nil before its first, and when a version of the product saved it that this one does not know.
    static func saved(_ scope: SyncScope) -> ReadProgress? { try? scope.context.job.decodeProgress() }

    /// Goes on until there is something to wait for.
    ///
    /// - Throws: `SyncError`, `SalesforceError`, `PostgresError`, `LeaseLost`.
    func run(from start: ReadProgress) async throws -> JobOutcome {
        var progress = start
        do {
            while true {
                try Task.checkCancellation()
                if progress.phase == .done { return .completed(progress.outcome) }
                let table = progress.phase == .describe ? nil : try await table()
                if progress.phase == .reconcile, let table {
                    guard purpose == .verify else {
                        return try await ReadEnd(
                            scope: scope, mapping: mapping, purpose: purpose, table: table, indexMegabytes: indexMegabytes
                        ).run(progress)
                    }
                    return try await VerifyEnd(scope: scope, mapping: mapping, table: table).run(progress)
                }
                let next = progress.after(try await answer(progress, table.map { purpose.readsRows ? $0 : $0.idsOnly }))
                try await scope.context.checkpoint(next)
                progress = next
                if let pause = progress.pause { return .snooze(pause) }
            }
        } catch let error as SyncError {
            try await startOver(because: error)
            throw error
        }
    }

    private func answer(_ progress: ReadProgress, _ table: TableSchema?) async throws -> ReadProgress.Answer {
        guard let table else { return try await TablePreparation(scope: scope, mapping: mapping, purpose: purpose).run() }
        switch progress.phase {
        case .query: return try await ask(progress, table)
        case .wait: return try await look(progress, table)
        default: return try await ReadPages(scope: scope, mapping: mapping, table: table).look(progress)
        }
    }

    private func table() async throws -> TableSchema {
        guard let table = try await scope.catalog.mapping(mapping.id)?.table() else {
            throw SyncError(code: .removed, message: "the mapping of \(mapping.objectName) was removed while it was read")
        }
        return table
    }

    // MARK: - Asking

    private func ask(_ progress: ReadProgress, _ table: TableSchema) async throws -> ReadProgress.Answer {
        if progress.slice == 0 { try await makeStage(progress, table) }
        let soql = try ReadQuery(table: table).text(progress.slices[progress.slice].range)
        let includesDeleted = purpose.includesDeleted(table)
        let staged = StagedRead(scope: scope, mapping: mapping, table: table)
        if table.hasBinary { return try await staged.run(soql, includesDeleted: includesDeleted) }
        if try await isSmall(progress),
            let answer = try await staged.run(soql, includesDeleted: includesDeleted, upTo: scope.connection.largeQueryThreshold)
        {
            return answer
        }
        try await tellBulk(progress, table)
        let operation: BulkQueryOperation = includesDeleted ? .queryAll : .query
        do {
            let job = try await scope.salesforce.createBulkQuery(soql, operation: operation)
            guard let createdAt = job.created else {
                throw SyncError(code: .inconsistent, message: "Salesforce made the query job \(job.id) without saying when")
            }
            return .made(bulkJobID: job.id, at: createdAt)
        } catch let error as SalesforceError where error.meansNoBulk {
            return try await staged.run(soql, includesDeleted: includesDeleted)
        }
    }

    /// That a load waits for Salesforce now.
    private func tellBulk(_ progress: ReadProgress, _ table: TableSchema) async throws {
        guard case .load = purpose, progress.slice == 0 else { return }
        if let state = purpose.waiting { try await scope.update(mapping, MappingUpdate(state: state)) }
        if purpose.readsRows { try await scope.say(mapping: mapping, "Loading table \(table.table) via Bulk API 2.0") }
    }

    /// Whether the org counted, when it last did, so few records of the object that a load need not wait for a bulk query.
    private func isSmall(_ progress: ReadProgress) async throws -> Bool {
        guard case .load = purpose, progress.slices.count == 1 else { return false }
        do {
            let counts = try await scope.salesforce.recordCount([mapping.objectName])
            return counts[mapping.objectName].map { $0 <= scope.connection.largeQueryThreshold } ?? false
        } catch let error as SalesforceError where error.code != .cancelled {
            return false
        }
    }

    /// A stage that is as new; what earlier reads of the mapping left behind goes.
    private func makeStage(_ progress: ReadProgress, _ table: TableSchema) async throws {
        let (mappingID, jobID) = (mapping.id, scope.context.job.id)
        let stage = StageTable.ofLoad(mappingID: mapping.id, jobID: scope.context.job.id, table)
        let others = try await scope.context.queue.live(ofMapping: mapping.id).filter { $0 != jobID }
        let owner = try await scope.catalog.controlDatabaseID()
        try await scope.target.transaction(under: scope.lease) { session in
            try StageTable.dropAll(mappingID: mappingID, besidesThoseOf: others, in: session)
            try stage.createParent(in: session)
            try StageMark.put(on: stage, jobID: jobID, owner: owner.uuidString, in: session)
            if progress.isFresh { try FirstHeap(mappingID: mappingID, jobID: jobID, table).create(in: session) }
        }
    }

    // MARK: - Waiting

    private func look(_ progress: ReadProgress, _ table: TableSchema) async throws -> ReadProgress.Answer {
        let slice = progress.slices[progress.slice]
        guard let id = slice.bulkJobID else { throw SyncError(code: .inconsistent, message: "the read lost its query") }
        let job = try await job(id)
        guard job.state.isFinal else { return .unfinished }
        guard job.state == .jobComplete else { return try await giveUp(job, slice, progress, table) }
        let calls = try await ReadPages(scope: scope, mapping: mapping, table: table).enqueue(of: id, slice: progress.slice)
        if progress.slice == progress.slices.count - 1, let state = purpose.loading {
            try await scope.update(mapping, MappingUpdate(state: state))
        }
        return .complete(rows: job.numberRecordsProcessed ?? 0, at: Date(), calls: calls)
    }

    /// A query that Salesforce does not know any more, since somebody deleted it, is as good as one that failed.
    private func job(_ id: String) async throws -> BulkJob {
        do {
            return try await scope.salesforce.bulkQuery(id)
        } catch let error as SalesforceError where error.httpStatus == 404 {
            throw SyncError(
                code: .bulkJobFailed, message: "the bulk query of \(mapping.objectName) is gone at Salesforce: \(error.message)")
        }
    }

    private func giveUp(
        _ job: BulkJob, _ slice: ReadProgress.Slice, _ progress: ReadProgress, _ table: TableSchema
    ) async throws -> ReadProgress.Answer {
        if job.failure.meansTooMuch, progress.slices.count < ReadProgress.mostSlices {
            let ends = slice.range.from == nil ? try await ReadQuery(table: table).ends(scope.salesforce) : (first: nil, last: nil)
            if let parts = slice.range.halves(until: progress.startedAt, first: ends.first, last: ends.last) {
                try await scope.say(
                    mapping: mapping,
                    "Salesforce gave up a query of \(table.objectName), asking for it in parts: \(job.failure.message)")
                return .tooMuch(parts)
            }
        }
        throw SyncError(
            code: job.failure.meaning == .endsMapping(.badConfig) ? .badConfiguration : .bulkJobFailed,
            message: "the bulk query of \(table.objectName) ended as \(job.state.rawValue) at Salesforce: \(job.failure.message)")
    }

    /// Forgets queries and pages, so that the job's next attempt begins with a new query, when that is what can help: Salesforce gave the query up, a
    /// page is lost, or what was staged is not what was promised.
    private func startOver(because error: SyncError) async throws {
        guard error.code == .inconsistent || error.code == .bulkJobFailed else { return }
        let (lease, jobID) = (scope.lease, scope.context.job.id)
        try await scope.catalog.pool.transaction { session in
            try JobQueue.checkpoint(lease, progress: "null", in: session)
            try CatalogStore.deleteLoadPages(jobID, in: session)
        }
    }
}
