import Catalog
import JobQueue
import Postgres
import Salesforce

/// Sends one batch and records what became of every change.
///
/// Changes are marked PENDING before they are sent. Should the answer be lost, the next attempt finds them so and repeats only what can
/// be repeated: updates, deletes and upserts as they are, a plain insert after it was looked up.
struct BatchWrite: Sendable {
    struct Outcome: Sendable {
        let summary: WriteSummary
        /// Changes that wait on because of something that can pass.
        let postponed: [Change]
    }

    let scope: SyncScope
    let log: TriggerLog
    let table: TableSchema
    let batch: WritePlan.Batch

    /// - Throws: `SalesforceError` when the whole call failed; the changes wait on. `PostgresError`; `LeaseLost`.
    func run() async throws -> Outcome {
        let prepared = try await prepare()
        var results = prepared.settled
        var postponed: [Change] = []
        var reason: String?
        if !prepared.requests.isEmpty {
            let changes = prepared.requests.map(\.change)
            try await scope.target.transaction(under: scope.lease) { [log] in try log.markPending(changes, in: $0) }
            let answers: [RecordResult]
            do {
                answers = try await send(prepared.requests)
            } catch let error as SalesforceError {
                // Surely not applied: the changes wait as if they had never been sent. Else they stay PENDING, outcome unknown.
                if !error.mayHaveBeenApplied {
                    try await scope.target.transaction(under: scope.lease) { [log] in
                        try log.putBack(changes, message: error.message, in: $0)
                    }
                }
                try await record(results)
                throw error
            }
            guard answers.count == changes.count else {
                throw SyncError(code: .inconsistent, message: "Salesforce answered \(answers.count) results to \(changes.count) records")
            }
            for (change, answer) in zip(changes, answers) {
                if let result = result(of: change, answer) {
                    results.append(result)
                } else {
                    postponed.append(change)
                    reason = reason ?? answer.errors.first?.humanMessage
                }
            }
        }
        try await record(results)
        if !postponed.isEmpty {
            let (changes, message) = (postponed, reason ?? "postponed")
            try await scope.target.transaction(under: scope.lease) { [log] in try log.putBack(changes, message: message, in: $0) }
        }
        return Outcome(
            summary: WriteSummary(results: results, calls: prepared.requests.isEmpty ? 0 : 1, postponed: reason), postponed: postponed)
    }

    private struct Request: Sendable {
        let change: Change
        let sfid: String?
        let write: RecordWrite
        let isUpsert: Bool
    }

    private struct Prepared: Sendable {
        var requests: [Request] = []
        var settled: [ChangeResult] = []
    }

    // MARK: - What to send

    private func prepare() async throws -> Prepared {
        var prepared = Prepared()
        let (changes, name) = (batch.changes, table.table)
        let ids = try await scope.target.pool.withSession { [log] in
            try log.currentIDs(table: name, recordIDs: changes.map(\.recordID), in: $0)
        }
        for change in changes {
            do throws(RecordValues.Invalid) {
                switch change.action {
                case .insert: try prepareInsert(change, sfid: ids[change.recordID], into: &prepared)
                case .update: try prepareUpdate(change, sfid: ids[change.recordID] ?? change.sfid, into: &prepared)
                case .delete: prepareDelete(change, into: &prepared)
                }
            } catch {
                prepared.settled.append(.failure(change, code: "INVALID_VALUE", message: error.message))
            }
        }
        try await findLostInserts(&prepared)
        return prepared
    }

    private func prepareInsert(_ change: Change, sfid: String?, into prepared: inout Prepared) throws(RecordValues.Invalid) {
        if let sfid {
            // An earlier attempt was answered, or a poll brought the record, before this change could be ticked off.
            prepared.settled.append(.success(change, sfid: sfid))
            return
        }
        let fields = try RecordValues.insert(change, table: table)
        let hasKey = table.upsertColumn.flatMap { change.values[$0] ?? nil } != nil
        prepared.requests.append(Request(change: change, sfid: nil, write: RecordWrite(fields: fields), isUpsert: hasKey))
    }

    private func prepareUpdate(_ change: Change, sfid: String?, into prepared: inout Prepared) throws(RecordValues.Invalid) {
        let fields = try RecordValues.update(change, table: table)
        guard !fields.isEmpty else {
            let readOnly = RecordValues.readOnlyColumns(change, table: table)
            let reason =
                readOnly.isEmpty
                ? "nothing changed" : "only fields that Salesforce does not let be changed: \(readOnly.joined(separator: ", "))"
            prepared.settled.append(.ignored(change, because: reason))
            return
        }
        guard let sfid else {
            prepared.settled.append(
                .failure(
                    change, code: "NO_SFID",
                    message: "the row has no Salesforce id: its insert has not succeeded, so there is nothing to update"))
            return
        }
        prepared.requests.append(Request(change: change, sfid: sfid, write: RecordWrite(id: sfid, fields: fields), isUpsert: false))
    }

    private func prepareDelete(_ change: Change, into prepared: inout Prepared) {
        guard let sfid = change.sfid else {
            prepared.settled.append(.ignored(change, because: "the row never reached Salesforce"))
            return
        }
        prepared.requests.append(Request(change: change, sfid: sfid, write: RecordWrite(id: sfid, fields: []), isUpsert: false))
    }

    /// A plain insert that was sent before, its answer lost, may have been applied: then its record is found, not made again.
    private func findLostInserts(_ prepared: inout Prepared) async throws {
        let lookup = LostInsertLookup(scope: scope, log: log, table: table)
        var requests: [Request] = []
        var taken: Set<String> = []
        for request in prepared.requests {
            guard request.change.action == .insert, request.change.wasSent, !request.isUpsert else {
                requests.append(request)
                continue
            }
            if let sfid = try await lookup.find(request.write, excluding: taken) {
                taken.insert(sfid)
                prepared.settled.append(.success(request.change, sfid: sfid))
            } else {
                requests.append(request)
            }
        }
        prepared.requests = requests
    }

    // MARK: - Sending and recording

    private func send(_ requests: [Request]) async throws -> [RecordResult] {
        switch batch.action {
        case .update: return try await scope.salesforce.update(table.objectName, requests.map(\.write))
        case .delete: return try await scope.salesforce.delete(requests.compactMap { $0.sfid.flatMap(SalesforceID.init) })
        case .insert:
            // Rows without a value in the unique identifier cannot be upserted; both kinds keep their places in the answer.
            let upserts = requests.indices.filter { requests[$0].isUpsert }
            let inserts = requests.indices.filter { !requests[$0].isUpsert }
            var answers = [RecordResult?](repeating: nil, count: requests.count)
            if !upserts.isEmpty, let key = table.upsertColumn.flatMap({ table.column(named: $0)?.field }) {
                let results = try await scope.salesforce.upsert(table.objectName, externalIDField: key, upserts.map { requests[$0].write })
                for (index, result) in zip(upserts, results) { answers[index] = result }
            }
            if !inserts.isEmpty {
                let results = try await scope.salesforce.insert(table.objectName, inserts.map { requests[$0].write })
                for (index, result) in zip(inserts, results) { answers[index] = result }
            }
            return answers.compactMap { $0 }
        }
    }

    /// nil when the change should be tried again later.
    private func result(of change: Change, _ answer: RecordResult) -> ChangeResult? {
        if answer.success { return .success(change, sfid: change.action == .insert ? answer.id : nil) }
        guard let error = answer.errors.first else {
            return .failure(change, code: "UNKNOWN", message: "Salesforce refused the record and gave no reason")
        }
        if change.action == .delete, error.isAlreadyDeleted { return .success(change) }
        if error.isRetryable { return nil }
        return .failure(change, code: error.statusCode, message: error.message)
    }

    private func record(_ results: [ChangeResult]) async throws {
        guard !results.isEmpty else { return }
        let name = table.table
        try await scope.target.transaction(under: scope.lease) { [log] in try log.apply(results, table: name, in: $0) }
    }
}
