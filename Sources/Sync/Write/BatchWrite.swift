import Catalog
import JobQueue
import MappedSchema
import Postgres
import Salesforce

/// Sends one batch and records what became of every change.
///
/// Changes are marked PENDING before they are sent. Should the answer be lost, the next attempt finds them so and repeats only what can
/// be repeated: updates, deletes and upserts as they are, a plain insert after it was looked up.
struct BatchWrite: Sendable {
    struct Outcome: Sendable {
        var summary = WriteSummary()
        /// Changes that wait on because of something that can pass.
        var postponed: [Change] = []
        /// Changes that failed, by id.
        var failed: Set<Int64> = []
    }

    let scope: SyncScope
    let log: TriggerLog
    let table: TableSchema
    let batch: WritePlan.Batch

    private var recorder: ResultRecorder { ResultRecorder(log: log, table: table) }

    /// - Throws: `SalesforceError` when a whole call failed; the changes wait on. `TableFault` when none of the table's changes can be
    ///   written. `PostgresError`; `LeaseLost`.
    func run() async throws -> Outcome {
        do {
            return try await send()
        } catch let error as PostgresError {
            if let fault = TableFault(error, table: table.qualifiedName) { throw fault }
            throw error
        }
    }

    private func send() async throws -> Outcome {
        var outcome = Outcome()
        let prepared = try await BatchPreparation(scope: scope, log: log, table: table).prepare(batch)
        let changes = prepared.requests.map(\.change)
        var delivery = BatchDelivery(scope: scope, table: table)
        var failure: (any Error)?
        if !changes.isEmpty {
            try await scope.target.transaction(under: scope.lease) { [log] in try log.markPending(changes, in: $0) }
            do {
                try await delivery.send(prepared.requests)
            } catch {
                failure = error
            }
        }
        var results =
            prepared.settled
            + delivery.refused.map { request, error in
                .failure(request.change, sfid: request.sfid, code: "\(error.code)", message: error.message)
            }
        var reason: String?
        let fault = try await schemaFault(delivery.answers)
        for answer in delivery.answers {
            if let fault, Self.isOfSchema(answer) {
                failure = failure ?? fault
            } else if let result = Self.result(answer) {
                results.append(result)
            } else {
                outcome.postponed.append(answer.request.change)
                reason = reason ?? answer.result.errors.first?.humanMessage
            }
        }
        let recorded = try await record(results)
        try await putBack(outcome.postponed, reason ?? "postponed")
        if let failure {
            let settled = Set(results.map(\.change.id) + outcome.postponed.map(\.id))
            try await putBack(changes.filter { !settled.contains($0.id) }, after: failure)
            throw failure
        }
        outcome.failed = Set(recorded.filter { $0.logState == "FAILED" }.map(\.change.id))
        outcome.summary = WriteSummary(results: recorded, calls: delivery.calls, postponed: reason)
        return outcome
    }

    private static func isOfSchema(_ answer: BatchDelivery.Answer) -> Bool {
        !answer.result.success && answer.result.error?.retry == .schemaChanged
    }

    /// Records may be refused one by one for a field that none of them can have any more.
    private func schemaFault(_ answers: [BatchDelivery.Answer]) async throws -> TableFault? {
        let refused = answers.filter(Self.isOfSchema)
        guard let error = refused.first?.result.error else { return nil }
        let refusal = SalesforceError(code: .init(rawValue: error.statusCode), message: error.message, retry: .schemaChanged)
        do {
            try await SchemaCheck(scope: scope, table: table).find(
                because: refusal, sending: Set(refused.flatMap { $0.request.fields.map(\.name) }))
            return nil
        } catch let fault as TableFault {
            return fault
        } catch let error as SalesforceError where error.isRetryable {
            // Whether it is the schema shows the next time.
            return nil
        }
    }

    /// nil when the change should be tried again later.
    private static func result(_ answer: BatchDelivery.Answer) -> ChangeResult? {
        let (request, result) = (answer.request, answer.result)
        if result.success {
            let madeRecord = request.operation == .insert || request.operation == .upsert && result.created != false
            return .success(request.change, sfid: result.id ?? request.sfid, madeRecord: madeRecord)
        }
        guard let error = result.errors.first else {
            return .failure(
                request.change, sfid: request.sfid, code: "UNKNOWN", message: "Salesforce refused the record and gave no reason")
        }
        if request.change.action == .delete, error.isAlreadyDeleted { return .success(request.change, sfid: request.sfid) }
        if error.isRetryable { return nil }
        return .failure(request.change, sfid: request.sfid, code: error.statusCode, message: error.message)
    }

    /// What surely did not take effect waits as if it had never been sent. Anything else stays PENDING, its outcome unknown.
    private func putBack(_ changes: [Change], after failure: any Error) async throws {
        switch failure {
        case let error as SalesforceError where !error.mayHaveBeenApplied: try await putBack(changes, error.message)
        case let fault as TableFault: try await putBack(changes, fault.message)
        default: return
        }
    }

    private func putBack(_ changes: [Change], _ message: String) async throws {
        guard !changes.isEmpty else { return }
        try await scope.target.transaction(under: scope.lease) { [log] in try log.putBack(changes, message: message, in: $0) }
    }

    // MARK: - Recording

    /// Records all results, and those of rows that cannot be marked on the log alone.
    private func record(_ results: [ChangeResult]) async throws -> [ChangeResult] {
        guard !results.isEmpty else { return [] }
        var unmarked: [(result: ChangeResult, error: PostgresError)] = []
        var recorded: [ChangeResult] = []
        try await record(results[...], recorded: &recorded, unmarked: &unmarked)
        guard let first = unmarked.first?.error else { return recorded }
        let (recorder, failures) = (recorder, unmarked)
        // One row may be at odds with a trigger or a constraint; when all are, it is the table.
        if TableFault.concernsWholeTable(first) || recorded.isEmpty && results.count > 1 {
            try await scope.target.transaction(under: scope.lease) { try recorder.recordOnLog(failures.map(\.result), in: $0) }
            throw TableFault(first, table: table.qualifiedName) ?? TableFault(state: .systemError, message: first.message)
        }
        try await scope.target.transaction(under: scope.lease) { session in
            try recorder.recordFailures(failures.map { ($0.result, $0.error.message) }, in: session)
        }
        return recorded
            + failures.map { .failure($0.result.change, sfid: $0.result.sfid, code: "ROW_NOT_WRITABLE", message: $0.error.message) }
    }

    private func record(
        _ results: ArraySlice<ChangeResult>, recorded: inout [ChangeResult],
        unmarked: inout [(result: ChangeResult, error: PostgresError)]
    ) async throws {
        do {
            let (recorder, part) = (recorder, Array(results))
            recorded += try await scope.target.transaction(under: scope.lease) { try recorder.record(part, in: $0) }
        } catch let error as PostgresError where TableFault(error, table: table.qualifiedName) != nil {
            guard results.count > 1, !TableFault.concernsWholeTable(error) else {
                unmarked += results.map { ($0, error) }
                return
            }
            let middle = results.startIndex + results.count / 2
            try await record(results[..<middle], recorded: &recorded, unmarked: &unmarked)
            try await record(results[middle...], recorded: &recorded, unmarked: &unmarked)
        }
    }
}
