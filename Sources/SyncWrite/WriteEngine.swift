import Catalog
import LoggedChanges
import MappedSchema
import Salesforce
import Sync

/// Goes through the log once: reads changes, prepares them, sends calls, several at once, and records what became of them, all at the same time.
///
/// `WriteFlow` says what may be sent, `WriteOutbox` packs it into calls; a change is settled when its result is committed, and what depends on it
/// is sent after that. When a call shows that the org cannot be written, nothing more is sent, and what is known is recorded.
struct WriteEngine {
    private let scope: SyncScope
    private let work: WriteWork
    private let tables: [String: TableSchema]
    private var flow: WriteFlow
    private var outbox: WriteOutbox
    private let limits: WriteLimits
    private let reports: WriteReports
    /// Deletes that may go, and those that wait for a person.
    private(set) var deletes: DeleteLimit

    private var cursor: Int64 = 0
    private var isReading = false
    private var hasReadAll = false
    private var isPreparing = false
    private var isRecording = false
    private var inFlight = 0
    private var longInFlight = 0
    private var readLimit = WriteWork.readSize
    private var unrecorded = UnrecordedResults()
    private var exchange = ValueExchange()
    /// Changes that were refused for values of records, by their ids, while earlier inserts were on their way that may be about to take these over.
    private var undecided: [(refused: ChangeResult, holder: String)] = []
    /// Rows of the log that bulk jobs work on since an earlier run.
    private let underWay: Set<Int64>
    /// Bulk jobs of this run that go on.
    private(set) var leftUnderWay = 0
    /// Why nothing more is sent.
    private var failure: (any Error)?
    private(set) var total = WriteSummary()
    /// Tables of which changes wait on because of something that can pass, and what it is.
    private(set) var postponed: [String: String] = [:]

    /// - Parameters:
    ///   - tables: those that are written, by name.
    ///   - mapped: those and all others that are mapped.
    ///   - parked: those that cannot be written for now.
    ///   - limits: how much is under way at a time.
    ///   - long: what goes by bulk jobs.
    ///   - underWay: rows of the log that bulk jobs work on since an earlier run.
    ///   - deletes: how many deletes may go.
    init(
        scope: SyncScope, tables: [String: TableSchema], mapped: [String: TableSchema], parked: Set<String>, calls: Int, long: LongRuns,
        underWay: Set<Int64>, deletes: DeleteLimit, reports: WriteReports
    ) {
        self.deletes = deletes
        self.scope = scope
        self.tables = tables
        self.underWay = underWay
        self.reports = reports
        limits = WriteLimits(calls: calls, callSize: scope.connection.writeBatchSize, long: long)
        outbox = WriteOutbox(long: long)
        work = WriteWork(scope: scope, tables: tables, parentKeys: mapped.mapValues(\.parentKeys))
        flow = WriteFlow(shapes: WriteShape.of(tables), parked: parked)
    }

    /// Tables that could not be written.
    var parked: Set<String> { flow.parked }

    /// - Throws: `SalesforceError` when a whole call failed; its changes wait on. `PostgresError`; `LeaseLost`.
    mutating func run() async throws {
        do {
            try await withThrowingTaskGroup(of: WriteWork.Event.self) { group in
                do {
                    while true {
                        start(&group)
                        guard let event = try await group.next() else {
                            if failure == nil, flow.breakCircle() { continue }
                            break
                        }
                        try await take(event)
                        try Task.checkCancellation()
                    }
                } catch {
                    await takeAnswers(&group)
                    throw error
                }
            }
        } catch {
            await leave()
            throw error
        }
        await reports.flush()
        if let failure { throw failure }
    }

    // MARK: - What is begun

    private mutating func start(_ group: inout ThrowingTaskGroup<WriteWork.Event, any Error>) {
        if failure == nil {
            startCalls(&group)
            if !isPreparing, !limits.isFull(outbox), let batch = flow.next(limit: limits.prepared(of: readLimit)) {
                isPreparing = true
                let (work, parked, deletes) = (work, flow.parked, deletes)
                group.addTask { await work.prepare(batch, parked: parked, deletes: deletes) }
            }
            if !isReading, !hasReadAll, flow.waiting < readLimit {
                isReading = true
                let (work, parked, after, limit) = (work, flow.parked, cursor, readLimit)
                group.addTask { try await work.read(after: after, limit: limit, parked: parked) }
            }
            // What was ready may have been held just now, so that nothing fills up what waits.
            startCalls(&group)
        }
        startRecord(&group)
    }

    private mutating func startCalls(_ group: inout ThrowingTaskGroup<WriteWork.Event, any Error>) {
        while inFlight < limits.calls, unrecorded.count < limits.mostUnrecorded {
            // A call that is not full goes when nothing is on its way that could fill it.
            let mayFill = isPreparing || isReading || flow.hasReady && !limits.isFull(outbox)
            let mayBeLong = longInFlight < WriteLimits.longCalls
            guard let call = outbox.next(size: limits.callSize, onlyFull: mayFill, mayBeLong: mayBeLong), let table = tables[call.table]
            else { return }
            inFlight += 1
            if call.isLong { longInFlight += 1 }
            let scope = scope
            group.addTask {
                call.isLong
                    ? .answered(call, await IngestCall(scope: scope, table: table, requests: call.requests).send())
                    : .answered(call, await WriteCall(scope: scope, table: table, requests: call.requests).sendToItsEnd())
            }
        }
    }

    private mutating func startRecord(_ group: inout ThrowingTaskGroup<WriteWork.Event, any Error>) {
        let count = unrecorded.count
        // In large sets, but at once when everything else waits for it.
        let isAwaited = outbox.count == 0 && !isPreparing && !flow.hasReady
        guard !isRecording, count > 0 || !unrecorded.ingests.isEmpty,
            count >= limits.recorded || isAwaited || failure != nil && inFlight == 0
        else { return }
        isRecording = true
        let (work, known) = (work, unrecorded.takeAll())
        // What was read is copied where somebody asks for it only.
        let isRead = known.lacksParents ? flow.hasRead : { @Sendable _ in true }
        group.addTask { try await work.record(known, isRead: isRead) }
    }

    // MARK: - What came of it

    private mutating func take(_ event: WriteWork.Event) async throws {
        switch event {
        case .read(let entries, let deletions, let mended): try await take(entries, deletions, mended)
        case .prepared(let batch, let prepared, let waiting, let failure):
            isPreparing = false
            flow.hold(waiting.map(\.id))
            if let prepared { take(prepared, of: batch.table) }
            if let failure { try await take(failure, of: batch.table, batch.changes) }
        case .answered(let call, let outcome):
            inFlight -= 1
            if call.isLong { longInFlight -= 1 }
            outbox.release(call)
            try await take(outcome, of: call)
        case .recorded(let outcomes, let back):
            isRecording = false
            flow.hold(back.flatMap(\.rows))
            for (table, outcome) in outcomes { try await take(outcome, of: table) }
        }
        decide()
    }

    private mutating func take(_ entries: [LogEntry], _ deletions: [Int64: Int64], _ mended: [Int64: [String: String?]]) async throws {
        isReading = false
        hasReadAll = entries.count < readLimit
        guard let last = entries.last else { return }
        cursor = last.id
        try await reports.begin()
        var changes: [Change] = []
        var malformed: [String: [(id: Int64, problem: String)]] = [:]
        for entry in entries {
            switch entry {
            case .change(let change): changes.append(change)
            case .malformed(let id, let table, let problem): malformed[table, default: []].append((id, problem))
            }
        }
        for (table, list) in malformed.sorted(by: { $0.key < $1.key }) {
            let summary = try await work.fail(list)
            total.add(summary)
            try await reports.note(summary, of: table)
        }
        readLimit = WriteLimits.readSize(after: changes)
        defer { flow.hold(entries.map(\.id).filter(underWay.contains)) }
        changes = changes.map { change in mended[change.id].map(change.mending) ?? change }
        guard !scope.connection.features.writesInOrder else { return flow.add(changes) }
        let merge = ChangeMerge(changes, shapes: WriteShape.of(tables), deletions: deletions)
        flow.add(merge.changes)
        unrecorded.add(merge.cancelled.map { .cancelled($0.change, by: $0.by) })
    }

    private mutating func take(_ prepared: BatchPreparation.Prepared, of table: String) {
        for change in prepared.gone { flow.settle(change.id) }
        flow.hold(prepared.stopped.flatMap(\.rows))
        deletes.stop(table, prepared.stopped.count)
        take(prepared.settled, holders: prepared.holders)
        if !prepared.unclear.isEmpty {
            flow.hold(prepared.unclear.flatMap(\.rows))
            postponed[table] = postponed[table] ?? "Salesforce's answer was lost, and the call may still be under way"
        }
        guard !flow.parked.contains(table) else { return unrecorded.putBack(prepared.requests.map(\.change), "the table is parked") }
        for request in prepared.requests {
            if let record = prepared.holders[request.change.id]?.text, flow.mayGiveUpValue(record, to: request.change) {
                // It stays marked: it was sent before.
                flow.hold(request.change.rows)
                postponed[table] = postponed[table] ?? Self.behind(record)
            } else {
                if let record = prepared.holders[request.change.id]?.text {
                    flow.notePlaces(of: [request.change], takingOver: [request.change.id: record])
                }
                outbox.add(request, locks: flow.locks(of: request.change))
            }
        }
    }

    private mutating func take(_ answer: WriteCall.Outcome, of call: WriteOutbox.Call) async throws {
        var (outcome, table) = (answer, call.table)
        unrecorded.add(exchange.conclude(&outcome))
        total.calls += outcome.calls
        let unanswered = Set(outcome.again.map(\.change.id)).subtracting(outcome.takenOver.keys)
        flow.notePlaces(
            of: call.requests.map(\.change).filter { !unanswered.contains($0.id) }, takingOver: outcome.takenOver.mapValues(\.text))
        take(outcome.results, holders: outcome.holders)
        unrecorded.putBack(outcome.postponed, outcome.reason ?? "postponed")
        flow.hold(outcome.unknown.flatMap(\.rows))
        if let ingest = outcome.ingest { unrecorded.end(ingest: ingest) }
        if outcome.isUnderWay { leftUnderWay += 1 }
        if flow.parked.contains(table) {
            unrecorded.putBack(outcome.again.map(\.change), "the table is parked")
        } else {
            sendAgain(outcome, of: call)
        }
        if let fault = outcome.fault { try await park(table, fault) }
        if outcome.fault == nil, outcome.failure == nil, let reason = outcome.reason {
            total.postponed = total.postponed ?? reason
            postponed[table] = postponed[table] ?? reason
        }
        if let failure = outcome.failure { stop(failure) }
    }

    /// A record is taken over neither from a row that comes with its id, nor before what waits of it is written: its deletion, say.
    private mutating func sendAgain(_ outcome: WriteCall.Outcome, of call: WriteOutbox.Call) {
        for request in outcome.again {
            let record = outcome.takenOver[request.change.id]?.text
            if let record, let owner = flow.restoration(of: record, otherThan: request.change) {
                unrecorded.add([.heldBack(request.change, from: record, of: owner)])
            } else if let record, flow.mayGiveUpValue(record, to: request.change) {
                unrecorded.putBack([request.change], Self.behind(record))
                postponed[call.table] = postponed[call.table] ?? Self.behind(record)
            } else {
                outbox.add(request, locks: flow.locks(of: request.change), isShort: request.kind == call.requests.first?.kind)
            }
        }
    }

    private static func behind(_ record: String) -> String {
        "changes of the record \(record), which has the row's unique identifier, are written first"
    }

    private mutating func take(_ answers: [ChangeResult], holders: [Int64: SalesforceID]) {
        for result in answers {
            if result.message != nil, let holder = holders[result.change.id]?.text ?? result.holderOfValue {
                undecided.append((result, holder))
            } else {
                unrecorded.add([result])
            }
        }
    }

    /// A value that another record has may be given up by what waits of that record, or was written meanwhile of a row that came with it or took it over,
    /// which only the org could tell: then it is tried again behind that.
    private mutating func decide() {
        guard !undecided.isEmpty else { return }
        let (open, first) = (undecided, flow.firstUnplaced)
        undecided = []
        for (refused, holder) in open {
            let (change, reason) = (refused.change, refused.message ?? "")
            guard flow.place(of: change) <= first[change.table] ?? .max else {
                undecided.append((refused, holder))
                continue
            }
            guard flow.mayGiveUpValue(holder, to: change) else {
                unrecorded.add([refused])
                continue
            }
            postponed[change.table] = postponed[change.table] ?? reason
            if let release = exchange.release(refused, heldBy: holder, in: tables[change.table]) {
                outbox.add(release, locks: flow.locks(of: change), isShort: true)
            } else {
                unrecorded.putBack([change], reason)
            }
        }
    }

    private mutating func take(_ outcome: WriteRecord.Outcome, of table: String) async throws {
        for result in outcome.recorded {
            if result.awaitsDeletion, let record = result.sfid { flow.noteDoomed(record) }
            for id in result.change.rows { flow.settle(id, as: result.logState == "SUCCESS" ? result.sfid : nil) }
        }
        flow.hold(outcome.deferred.flatMap(\.rows))
        let summary = WriteSummary(results: outcome.recorded, calls: 0, postponed: nil)
        total.add(summary)
        try await reports.note(summary, of: table)
        if let fault = outcome.fault { try await park(table, fault) }
    }

    private mutating func take(_ failure: any Error, of table: String, _ changes: [Change]) async throws {
        unrecorded.putBack(changes.filter { !$0.wasSent }, "\(failure)")
        flow.hold(changes.map(\.id))
        if let fault = failure as? TableFault { try await park(table, fault) } else { stop(failure) }
    }

    private mutating func park(_ table: String, _ fault: TableFault) async throws {
        unrecorded.putBack(outbox.drain(table: table), fault.message)
        guard !flow.parked.contains(table) else { return }
        flow.park(table)
        try await reports.park(table, fault)
    }

    private mutating func stop(_ error: any Error) {
        failure = failure ?? error
        unrecorded.putBack(outbox.drain(), (error as? SalesforceError)?.message ?? "\(error)")
    }

    /// What is on its way when a run is called off: Salesforce may work on it although nobody waits for the answer, and overwrite what is written later.
    private mutating func takeAnswers(_ group: inout ThrowingTaskGroup<WriteWork.Event, any Error>) async {
        group.cancelAll()
        while let event = await group.nextResult() {
            guard case .success(.answered(let call, let outcome)) = event else { continue }
            // What cannot be noted of a table besides is found by the next run.
            try? await take(outcome, of: call)
        }
    }

    /// A run that is called off leaves what is known on the log; what it had prepared and not sent waits as before.
    private mutating func leave() async {
        decide()
        unrecorded.putBack(outbox.drain() + undecided.map(\.refused.change), "the write was interrupted")
        let (work, known) = (work, unrecorded.takeAll())
        // The task's own cancellation would cut these short.
        await Task { _ = try? await work.record(known) { _ in true } }.value
    }
}
