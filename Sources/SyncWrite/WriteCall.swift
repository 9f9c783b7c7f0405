import Catalog
import LoggedChanges
import MappedSchema
import Salesforce
import Sync

/// Sends one call and says what became of every change in it. The changes were marked PENDING before. Should the answer be lost, the next attempt
/// finds them so and repeats only what can be repeated: updates, deletes and upserts as they are, a plain insert after it was looked up.
struct WriteCall: Sendable {
    struct Outcome: Sendable {
        /// What is to be recorded.
        var results: [ChangeResult] = []
        /// Changes that wait on because of something that can pass, and did not take effect.
        var postponed: [Change] = []
        /// Why.
        var reason: String?
        /// Changes of which nobody knows whether they took effect.
        var unknown: [Change] = []
        /// Requests that surely had no effect and are to be sent now, by calls of the usual size.
        var again: [WriteRequest] = []
        /// Of these, by change, the records that rows take over by their unique identifiers.
        var takenOver: [Int64: SalesforceID] = [:]
        /// Of the results, by change, the records of other rows that inserts were refused for.
        var holders: [Int64: SalesforceID] = [:]
        /// Calls made.
        var calls = 0
        /// The bulk job whose results these are; to be forgotten once they are recorded.
        var ingest: String?
        /// Whether a bulk job goes on, whose results a later run asks for.
        var isUnderWay = false
        /// Why none of the table's changes can be written.
        var fault: TableFault?
        /// What ends the run.
        var failure: (any Error)?
    }

    /// How long the answer is waited for when the run is called off.
    private static let patience = Duration.seconds(15)

    let scope: SyncScope
    let table: TableSchema
    let requests: [WriteRequest]

    /// Sends, and waits for the answer for a while although the run is called off: Salesforce does what it was sent in either case.
    func sendToItsEnd() async -> Outcome {
        let sending = Task { await send() }
        return await withTaskCancellationHandler {
            await sending.value
        } onCancel: {
            Task {
                try? await Task.sleep(for: Self.patience)
                sending.cancel()
            }
        }
    }

    func send() async -> Outcome {
        var outcome = Outcome()
        var delivery = BatchDelivery(scope: scope, table: table)
        do {
            try await delivery.send(requests)
        } catch let fault as TableFault {
            outcome.fault = fault
        } catch {
            outcome.failure = error
        }
        outcome.calls = delivery.calls
        let known = await takeMade(delivery.refused.map(\.request), &outcome)
        for (request, error) in delivery.refused where !known.contains(request.change.id) {
            outcome.results.append(.failure(request.change, sfid: request.sfid, code: "\(error.code)", message: error.message))
        }
        return await conclude(delivery.answers, outcome)
    }

    /// What the answers mean for each change.
    ///
    /// - Parameter before: what is known already.
    func conclude(_ all: [BatchDelivery.Answer], _ before: Outcome = Outcome()) async -> Outcome {
        var (outcome, answers) = (before, all)
        await meetHolders(&answers, &outcome)
        let refused = answers.filter { !$0.result.success && $0.result.error?.isRetryable != true }
        let known = await takeMade(refused.map(\.request), &outcome)
        answers.removeAll { known.contains($0.request.change.id) }
        var isSchemaUnknown = false
        do {
            if outcome.fault == nil { outcome.fault = try await schemaFault(answers) }
        } catch let error as SalesforceError where error.isRetryable {
            // Whether it is the schema shows the next time.
            isSchemaUnknown = true
        } catch {
            outcome.failure = outcome.failure ?? error
        }
        let purged = await purgedRecords(answers)
        let living = await livingRecords(answers)
        for answer in answers {
            if outcome.fault != nil || isSchemaUnknown, Self.isOfSchema(answer) {
                outcome.postponed.append(answer.request.change)
                outcome.reason = outcome.reason ?? answer.result.errors.first?.humanMessage
            } else if let id = answer.request.recordID, purged.contains(id) {
                outcome.results.append(.success(answer.request.change, sfid: id.text))
            } else if let result = Self.result(answer, recordLives: answer.request.recordID.map { living.contains($0) } ?? false) {
                outcome.results.append(result)
            } else {
                outcome.postponed.append(answer.request.change)
                outcome.reason = outcome.reason ?? answer.result.errors.first?.humanMessage
            }
        }
        leave(outcome.failure ?? outcome.fault, &outcome)
        return outcome
    }

    /// What surely did not take effect waits as if it had never been sent. Anything else stays PENDING, its outcome unknown.
    private func leave(_ failure: (any Error)?, _ outcome: inout Outcome) {
        guard let failure else { return }
        let answered = Set((outcome.results.map(\.change) + outcome.postponed + outcome.again.map(\.change)).map(\.id))
        let left = requests.map(\.change).filter { !answered.contains($0.id) }
        let isWithoutEffect =
            switch failure {
            case let error as SalesforceError: !error.mayHaveBeenApplied
            case is TableFault: true
            default: false
            }
        if isWithoutEffect {
            outcome.postponed += left
            outcome.reason = outcome.reason ?? (failure as? SalesforceError)?.message ?? "\(failure)"
        } else {
            outcome.unknown = left
        }
    }

    private static func isOfSchema(_ answer: BatchDelivery.Answer) -> Bool {
        !answer.result.success && answer.result.error?.retry == .schemaChanged
    }

    /// Inserts with a unique identifier may have met the record that has it.
    private func meetHolders(_ answers: inout [BatchDelivery.Answer], _ outcome: inout Outcome) async {
        func isRefused(_ answer: BatchDelivery.Answer) -> Bool {
            answer.request.operation == .keyedInsert && !answer.result.success && answer.result.error?.isRetryable != true
        }
        let refused = answers.filter(isRefused)
        guard !refused.isEmpty else { return }
        answers.removeAll(where: isRefused)
        guard outcome.failure == nil, outcome.fault == nil else {
            outcome.postponed += refused.map(\.request.change)
            return
        }
        do {
            let resolution = try await KeyedInserts(scope: scope, table: table).resolve(
                refused, madeNow: Set(answers.compactMap(\.result.id)))
            outcome.results += resolution.results
            outcome.holders = resolution.holders
            outcome.again += resolution.upserts.map(\.request)
            for (request, record) in resolution.upserts { outcome.takenOver[request.change.id] = record }
            answers += resolution.others
        } catch {
            // What was refused had no effect.
            outcome.postponed += refused.map(\.request.change)
            outcome.failure = error
        }
    }

    /// Refused upserts that repeat an attempt whose answer was lost are done where that made their records.
    ///
    /// - Returns: these, and those of which it cannot be told for now.
    private func takeMade(_ refused: [WriteRequest], _ outcome: inout Outcome) async -> Set<Int64> {
        let repeated = refused.filter { $0.operation == .upsert && $0.change.wasSent }
        guard !repeated.isEmpty else { return [] }
        do {
            let made = try await LostInsertLookup(scope: scope, log: TriggerLog(schema: scope.connection.schemaName), table: table)
                .made(by: repeated)
            for request in repeated {
                if let record = made[request.change.id] {
                    outcome.results.append(.success(request.change, sfid: record, madeRecord: true))
                }
            }
            return Set(made.keys)
        } catch {
            outcome.postponed += repeated.map(\.change)
            outcome.failure = outcome.failure ?? error
            return Set(repeated.map(\.change.id))
        }
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
        }
    }

    /// Records of deletes that Salesforce does not know, and has not even in its recycle bin: they were purged, and nothing is left to delete.
    private func purgedRecords(_ answers: [BatchDelivery.Answer]) async -> Set<SalesforceID> {
        let unknown = answers.filter {
            $0.request.kind == .delete && !$0.result.success && $0.result.error?.statusCode == "INVALID_CROSS_REFERENCE_KEY"
        }
        let ids = Set(unknown.compactMap(\.request.recordID))
        // Where the org cannot be asked, its refusal stands.
        guard !ids.isEmpty, let found = try? await OrgRecords(scope: scope).living(ids, of: table.objectName, includeDeleted: true) else {
            return []
        }
        return ids.subtracting(found)
    }

    /// Records that rows came with and that live, where Salesforce says that something was deleted: it is what the row refers to.
    private func livingRecords(_ answers: [BatchDelivery.Answer]) async -> Set<SalesforceID> {
        let ids = Set(answers.filter(Self.isOfDeleted).compactMap(\.request.recordID))
        // Where the org cannot be asked, the change is tried again.
        guard !ids.isEmpty else { return [] }
        return (try? await OrgRecords(scope: scope).living(ids, of: table.objectName)) ?? []
    }

    /// Whether a row that came with its record's id was refused for something that was deleted: the record itself, or what the row refers to.
    private static func isOfDeleted(_ answer: BatchDelivery.Answer) -> Bool {
        answer.request.change.action == .insert && answer.request.kind == .update && answer.result.error?.isAlreadyDeleted == true
    }

    /// nil when the change should be tried again later.
    private static func result(_ answer: BatchDelivery.Answer, recordLives: Bool) -> ChangeResult? {
        let (request, result) = (answer.request, answer.result)
        if result.success {
            let madeRecord = request.kind == .insert || request.operation == .upsert && result.created != false
            return .success(request.change, sfid: result.id ?? request.sfid, madeRecord: madeRecord)
        }
        guard let error = result.errors.first else {
            return .failure(
                request.change, sfid: request.sfid, code: "UNKNOWN", message: "Salesforce refused the record and gave no reason")
        }
        // A record that was deleted just now is made anew the next time.
        if isOfDeleted(answer), !recordLives { return nil }
        if request.change.action == .delete, error.isAlreadyDeleted { return .success(request.change, sfid: request.sfid) }
        if error.isRetryable { return nil }
        return .failure(
            request.change, sfid: request.sfid, code: error.statusCode, message: error.message, fields: error.fields, advice: error.advice)
    }
}
