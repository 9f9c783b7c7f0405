import Catalog
import LoggedChanges
import MappedSchema
import Postgres
import Salesforce
import Sync

/// Works out what one batch sends: which record each change is about, and what of it concerns Salesforce.
struct BatchPreparation: Sendable {
    let scope: SyncScope
    let log: TriggerLog
    let table: TableSchema
    var deletes = DeleteLimit.none

    /// Requests to send, and changes that end without one.
    struct Prepared: Sendable {
        var requests: [WriteRequest] = []
        var settled: [ChangeResult] = []
        /// Records that have the values for which changes were refused, or that inserts whose answers were lost find by their identifiers, by change.
        var holders: [Int64: SalesforceID] = [:]
        /// Changes that people gave up meanwhile.
        var gone: [Change] = []
        /// Changes that were sent before and of which nobody can tell yet whether they took effect.
        var unclear: [Change] = []
        /// Deletes beyond the limit.
        var stopped: [Change] = []
    }

    /// Prepares changes, and marks those PENDING that are to be sent.
    ///
    /// - Throws: `PostgresError`, `SalesforceError`, `LeaseLost`.
    func prepare(_ batch: WriteFlow.Batch) async throws -> Prepared {
        guard !batch.changes.isEmpty else { return Prepared() }
        return batch.action == .insert ? try await prepareInserts(batch.changes) : try await prepareOthers(batch.changes)
    }

    /// What the log says of the changes by now.
    func sort(_ changes: [Change], _ standing: [Int64: String?], into prepared: inout Prepared) -> [Change] {
        changes.compactMap { change in
            guard let sfid = standing[change.id] else {
                prepared.gone.append(change)
                return nil
            }
            return change.knowing(sfid: sfid)
        }
    }

    func claim(_ changes: [Change]) async throws -> [Int64: String?] {
        try await scope.target.transaction(under: scope.lease) { [log] in try log.claim(changes, in: $0) }
    }

    /// A plain insert that is marked without being sent would have to be looked up, so inserts are marked last.
    private func prepareInserts(_ changes: [Change]) async throws -> Prepared {
        var prepared = Prepared()
        let standing = try await scope.target.pool.withSession { [log] in try log.standing(of: changes, in: $0) }
        try await prepareInserts(sort(changes, standing, into: &prepared), into: &prepared)
        guard !prepared.requests.isEmpty else { return prepared }
        let claimed = try await claim(prepared.requests.map(\.change))
        prepared.gone += prepared.requests.map(\.change).filter { claimed[$0.id] == nil }
        prepared.requests.removeAll { claimed[$0.change.id] == nil }
        return prepared
    }

    func prepareInserts(_ changes: [Change], into prepared: inout Prepared) async throws {
        let changes = try await withPlacedIDs(changes)
        let living = try await livingRecords(changes)
        let types = try await ParentTypes.of(changes, table: table, asking: OrgRecords(scope: scope))
        // An identifier that Salesforce does not keep unique would not tell one that was sent before.
        let isKeyUnique = table.upsertColumn.flatMap { table.column(named: $0) }?.isUnique ?? false
        for change in changes {
            // An earlier attempt was answered, and the row could not be marked: a poll may have brought its record as another row since.
            if let sfid = change.sfid {
                prepared.settled.append(.success(change, sfid: sfid, madeRecord: true))
                continue
            }
            do throws(RecordValues.Invalid) {
                if let brought = change.broughtSfid {
                    guard let id = SalesforceID(brought) else {
                        prepared.settled.append(Self.malformedID(change, brought))
                        continue
                    }
                    if living.contains(id) {
                        try prepareRestored(change, id, types, into: &prepared)
                        continue
                    }
                }
                let fields = try RecordValues.insert(change, table: table, types: types)
                // Rows without a value in the unique identifier cannot be upserted.
                let hasKey = table.upsertColumn.flatMap { change.values[$0] ?? nil }.map { !$0.isEmpty } ?? false
                let keyed: WriteRequest.Operation = isKeyUnique && !change.wasSent ? .keyedInsert : .upsert
                prepared.requests.append(WriteRequest(change: change, operation: hasKey ? keyed : .insert, fields: fields))
            } catch {
                prepared.settled.append(.failure(change, code: "INVALID_VALUE", message: error.message, fields: [error.column]))
            }
        }
        try await findLostInserts(&prepared)
        try await refuseHeldKeys(&prepared)
        try await findHolders(&prepared)
    }

    /// A row may have got a Salesforce id by hand since its insert was captured: then it is about that record, as if it had come with it. One that
    /// got it by its unique identifier is upserted by that.
    private func withPlacedIDs(_ changes: [Change]) async throws -> [Change] {
        let nameless = changes.filter { change in
            change.sfid == nil && change.broughtSfid == nil && (table.upsertColumn.flatMap { change.values[$0] ?? nil } ?? "").isEmpty
        }
        guard !nameless.isEmpty else { return changes }
        let placed = try await scope.target.pool.withSession { [log, table] in try log.placedRows(of: nameless, table: table, in: $0) }
        guard !placed.isEmpty else { return changes }
        let rows = Dictionary(uniqueKeysWithValues: placed.map { ($0.id, $0) })
        let waiting = Set(nameless.map(\.id))
        return changes.map { change in
            guard waiting.contains(change.id), let row = rows[change.recordID], let sfid = row.sfid,
                RowIdentity(insert: change, upsertColumn: nil).verdict(row, answered: nil) == .same
            else { return change }
            return change.bringing(sfid: sfid)
        }
    }

    /// A row that came with the id of a record that lives: the record gets what the row has. What the row leaves empty is left alone, since a
    /// placeholder names no more than it must.
    private func prepareRestored(
        _ change: Change, _ id: SalesforceID, _ types: ParentTypes, into prepared: inout Prepared
    ) throws(RecordValues.Invalid) {
        let fields = try RecordValues.restored(change, table: table, types: types)
        if fields.isEmpty {
            prepared.settled.append(.success(change, sfid: id.text))
        } else {
            prepared.requests.append(WriteRequest(change: change, operation: .update(id), fields: fields))
        }
    }

    /// Which of the ids that rows came with are those of records that live in the org.
    private func livingRecords(_ changes: [Change]) async throws -> Set<SalesforceID> {
        let brought = Set(changes.filter { $0.sfid == nil }.compactMap(\.broughtSfid).compactMap { SalesforceID($0) })
        guard !brought.isEmpty else { return [] }
        let prefix = try await scope.salesforce.describe(table.objectName).keyPrefix
        return try await OrgRecords(scope: scope).living(
            brought.filter { prefix == nil || $0.keyPrefix == prefix }, of: table.objectName)
    }

    /// An insert that was sent before, its answer lost, may have been applied: then its record is found, not made again. An upsert finds it by itself, but
    /// where it was sent with another unique identifier than it has now.
    private func findLostInserts(_ prepared: inout Prepared) async throws {
        let sent = prepared.requests.filter { $0.change.wasSent && ($0.operation == .insert || $0.operation.isByKey) }
        guard !sent.isEmpty else { return }
        let updates = try await scope.target.pool.withSession { [log] in try log.sentUpdates(with: sent.map(\.change), in: $0) }
        let lost = sent.filter { request in
            let isKeyChanged = updates[request.change.id]?.contains { update in table.upsertColumn.map { update.values[$0] != nil } ?? false
            }
            return request.operation == .insert || isKeyChanged == true
        }
        guard !lost.isEmpty else { return }
        let marks = try await scope.target.pool.withSession { [log] in try log.marked(lost.map(\.change.id), in: $0) }
            .mapValues { LostInsertLookup.Mark(at: $0.at, age: $0.age) }
        let lookup = LostInsertLookup(scope: scope, log: log, table: table)
        var requests: [WriteRequest] = []
        var taken: Set<String> = []
        for request in prepared.requests {
            guard let mark = marks[request.change.id] else {
                requests.append(request)
                continue
            }
            let forms = try await forms(of: request, with: updates[request.change.id] ?? [])
            switch try await lookup.find(forms, excluding: taken, mark: mark) {
            case .found(let sfid):
                taken.insert(sfid)
                prepared.settled.append(.success(request.change, sfid: sfid, madeRecord: true))
            case .notMade where mark.age < LostInsertLookup.patience: prepared.unclear.append(request.change)
            case .notMade: requests.append(request)
            case .unknown:
                prepared.settled.append(
                    .failure(
                        request.change, code: "ANSWER_LOST",
                        message:
                            "Salesforce's answer to this insert was lost, and nothing tells for sure whether one of its records is this row's",
                        advice:
                            "look for the record in Salesforce; if it is not there, set the state of row \(request.change.id) of the trigger log to NEW"
                    ))
            }
        }
        prepared.requests = requests
    }

    /// What an insert may have said when it was sent: what the row had by then, if updates were merged into it, or what it was inserted with.
    private func forms(of request: WriteRequest, with updates: [Change]) async throws -> [WriteRequest] {
        guard !updates.isEmpty else { return [request] }
        let (lookups, insert) = (table.sharedLookups, request.change)
        let merged = updates.reduce(insert) { $0.merging($1, as: insert.id, lookups: lookups) }
        let types = try await ParentTypes.of([merged], table: table, asking: OrgRecords(scope: scope))
        guard let fields = try? RecordValues.insert(merged, table: table, types: types) else { return [request] }
        return [WriteRequest(change: insert, operation: request.operation, fields: fields), request]
    }

    /// An upsert would overwrite the record of a row that should have given the value up and could not. The record may have lost the value by
    /// other ways since, so the org is asked.
    private func refuseHeldKeys(_ prepared: inout Prepared) async throws {
        guard let column = table.upsertColumn.flatMap({ table.column(named: $0) }) else { return }
        let values = prepared.requests.filter { $0.operation.isByKey }.compactMap { $0.change.values[column.name] ?? nil }
        guard !values.isEmpty else { return }
        let name = table.table
        let held = try await scope.target.pool.withSession { [log] in
            try log.unreleased(table: name, column: column.name, values: values, in: $0)
        }
        guard !held.isEmpty else { return }
        let holders = try await OrgRecords(scope: scope).holders(
            of: column.field, in: table.objectName, isNumber: column.type.isNumber, values: values)
        var requests: [WriteRequest] = []
        for request in prepared.requests {
            if request.operation.isByKey, let value = request.change.values[column.name] ?? nil, let holder = held[value.lowercased()],
                let id = SalesforceID(holder.sfid), holders[value] == id
            {
                prepared.holders[request.change.id] = id
                prepared.settled.append(
                    .failure(
                        request.change, code: "DUPLICATE_VALUE",
                        message:
                            "the value \"\(value)\" of \(column.name) still belongs to the record \(holder.sfid): the change that gives it up failed (trigger log id \(holder.change))"
                    ))
            } else {
                requests.append(request)
            }
        }
        prepared.requests = requests
    }

    /// An upsert that is repeated meets its own record, or another's, of which earlier changes may wait.
    private func findHolders(_ prepared: inout Prepared) async throws {
        guard let column = table.upsertColumn.flatMap({ table.column(named: $0) }) else { return }
        let values = prepared.requests.filter { $0.operation == .upsert && $0.change.wasSent }.compactMap { request in
            (request.change.values[column.name] ?? nil).map { (change: request.change.id, value: $0) }
        }
        guard !values.isEmpty else { return }
        let holders = try await OrgRecords(scope: scope).holders(
            of: column.field, in: table.objectName, isNumber: column.type.isNumber, values: values.map(\.value))
        for (change, value) in values { prepared.holders[change] = holders[value] }
    }

    static func malformedID(_ change: Change, _ sfid: String) -> ChangeResult {
        .failure(
            change, code: "MALFORMED_ID",
            message: "sfid: expected a Salesforce id of 15 or 18 characters with the right check characters, found \"\(sfid)\"")
    }
}
