import Catalog
import MappedSchema
import Postgres
import Salesforce

/// Works out what one batch sends: which record each change is about, and what of it concerns Salesforce.
struct BatchPreparation: Sendable {
    let scope: SyncScope
    let log: TriggerLog
    let table: TableSchema

    /// Requests to send, and changes that end without one.
    struct Prepared: Sendable {
        var requests: [WriteRequest] = []
        var settled: [ChangeResult] = []
    }

    /// - Throws: `PostgresError`, `SalesforceError`.
    func prepare(_ batch: WritePlan.Batch) async throws -> Prepared {
        let changes = try await known(batch.changes)
        var prepared = Prepared()
        switch batch.action {
        case .insert: try await prepareInserts(changes, into: &prepared)
        case .update: for change in changes { prepareUpdate(change, into: &prepared) }
        case .delete: for change in changes { prepareDelete(change, into: &prepared) }
        }
        return prepared
    }

    // MARK: - Which record

    /// The changes that still wait, each with the record's id as far as the log or its row knows it.
    private func known(_ changes: [Change]) async throws -> [Change] {
        try await scope.target.pool.withSession { [self] session in
            let standing = try log.standing(of: changes, in: session)
            let waiting = changes.compactMap { change -> Change? in
                guard let now = standing[change.id], now.waits else { return nil }
                return change.knowing(sfid: now.sfid)
            }
            let nameless = waiting.filter { $0.sfid == nil && $0.action != .insert }
            guard !nameless.isEmpty else { return waiting }
            let inserted = try log.insertedIDs(for: nameless, in: session)
            let adopted = try adoptedIDs(nameless.filter { inserted[$0.id] == nil }, in: session)
            return waiting.map { $0.sfid == nil && $0.action != .insert ? $0.knowing(sfid: inserted[$0.id] ?? adopted[$0.id]) : $0 }
        }
    }

    /// The ids of rows that got one by their unique identifier since the change was captured.
    private func adoptedIDs(_ changes: [Change], in session: PostgresSession) throws -> [Int64: String] {
        guard let column = table.upsertColumn, !changes.isEmpty else { return [:] }
        let rows = try session.query(
            """
            SELECT id, sfid, \(identifier: column)::text AS key FROM \(identifier: table.schema, table.table)
            WHERE id = ANY (\(changes.map(\.recordID))::bigint[]) AND sfid IS NOT NULL AND \(identifier: column) IS NOT NULL
            """)
        let byID = Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                (
                    try row.decode("id", as: Int64.self),
                    (sfid: try row.decode("sfid", as: String.self), key: try row.decode("key", as: String.self))
                )
            })
        var ids: [Int64: String] = [:]
        for change in changes {
            guard let row = byID[change.recordID], let key = (change.values[column] ?? nil) ?? change.oldKeys[column], key == row.key
            else { continue }
            ids[change.id] = row.sfid
        }
        return ids
    }

    // MARK: - Updates and deletes

    private func prepareUpdate(_ change: Change, into prepared: inout Prepared) {
        let fields: [RecordWrite.Field]
        do {
            fields = try RecordValues.update(change, table: table)
        } catch {
            prepared.settled.append(.failure(change, code: "INVALID_VALUE", message: error.message))
            return
        }
        guard !fields.isEmpty else {
            let readOnly = RecordValues.readOnlyColumns(change, table: table)
            let reason =
                readOnly.isEmpty
                ? "nothing changed" : "only fields that Salesforce does not let be changed: \(readOnly.joined(separator: ", "))"
            prepared.settled.append(.ignored(change, because: reason))
            return
        }
        guard let sfid = change.sfid else {
            prepared.settled.append(
                .failure(
                    change, code: "NO_SFID",
                    message: "the row has no Salesforce id: its insert has not succeeded, so there is nothing to update"))
            return
        }
        guard let id = SalesforceID(sfid) else {
            prepared.settled.append(Self.malformedID(change, sfid))
            return
        }
        prepared.requests.append(WriteRequest(change: change, operation: .update(id), fields: fields))
    }

    private func prepareDelete(_ change: Change, into prepared: inout Prepared) {
        guard let sfid = change.sfid else {
            prepared.settled.append(.ignored(change, because: "the row never reached Salesforce"))
            return
        }
        guard let id = SalesforceID(sfid) else {
            prepared.settled.append(Self.malformedID(change, sfid))
            return
        }
        prepared.requests.append(WriteRequest(change: change, operation: .delete(id), fields: []))
    }

    private static func malformedID(_ change: Change, _ sfid: String) -> ChangeResult {
        .failure(
            change, code: "MALFORMED_ID",
            message: "sfid: expected a Salesforce id of 15 or 18 characters with the right check characters, found \"\(sfid)\"")
    }

    // MARK: - Inserts

    private func prepareInserts(_ changes: [Change], into prepared: inout Prepared) async throws {
        let changes = try await withPlacedIDs(changes)
        let living = try await livingRecords(changes)
        for change in changes {
            // An earlier attempt was answered, and the row could not be marked.
            if let sfid = change.sfid {
                prepared.settled.append(.success(change, sfid: sfid))
                continue
            }
            do throws(RecordValues.Invalid) {
                if let brought = change.broughtSfid {
                    guard let id = SalesforceID(brought) else {
                        prepared.settled.append(Self.malformedID(change, brought))
                        continue
                    }
                    if living.contains(id) {
                        try prepareRestored(change, id, into: &prepared)
                        continue
                    }
                }
                let fields = try RecordValues.insert(change, table: table)
                // Rows without a value in the unique identifier cannot be upserted.
                let hasKey = table.upsertColumn.flatMap { change.values[$0] ?? nil }.map { !$0.isEmpty } ?? false
                prepared.requests.append(WriteRequest(change: change, operation: hasKey ? .upsert : .insert, fields: fields))
            } catch {
                prepared.settled.append(.failure(change, code: "INVALID_VALUE", message: error.message))
            }
        }
        try await findLostInserts(&prepared)
        try await refuseHeldKeys(&prepared)
    }

    /// A row may have got a Salesforce id by hand since its insert was captured: then it is about that record, as if it had come with it. One that
    /// got it by its unique identifier is upserted by that.
    private func withPlacedIDs(_ changes: [Change]) async throws -> [Change] {
        let nameless = changes.filter { change in
            change.sfid == nil && change.broughtSfid == nil && (table.upsertColumn.flatMap { change.values[$0] ?? nil } ?? "").isEmpty
        }
        guard !nameless.isEmpty else { return changes }
        let placed = try await scope.target.pool.withSession { [self] session in
            try session.query(
                """
                SELECT id, sfid, xmin::text::bigint AS writer FROM \(identifier: table.schema, table.table)
                WHERE id = ANY (\(nameless.map(\.recordID))::bigint[]) AND sfid IS NOT NULL
                """
            ).map { row in
                RowIdentity.Row(id: try row.decode("id"), sfid: try row.decode("sfid"), writer: try row.decode("writer"), key: nil)
            }
        }
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
    private func prepareRestored(_ change: Change, _ id: SalesforceID, into prepared: inout Prepared) throws(RecordValues.Invalid) {
        let fields = try RecordValues.restored(change, table: table)
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
        let candidates = brought.filter { prefix == nil || $0.keyPrefix == prefix }
        guard !candidates.isEmpty else { return [] }
        let list = candidates.map { SOQL.literal($0.text) }.sorted().joined(separator: ", ")
        var page: QueryPage? = try await scope.salesforce.query(
            try SOQL.select(["Id"], from: table.objectName) + " WHERE Id IN (\(list))", includeDeleted: false)
        var living: Set<SalesforceID> = []
        while let current = page {
            living.formUnion(try QueryPageRows.ids(current).compactMap { SalesforceID($0) })
            page = try await scope.salesforce.next(current)
        }
        return living
    }

    /// A plain insert that was sent before, its answer lost, may have been applied: then its record is found, not made again.
    private func findLostInserts(_ prepared: inout Prepared) async throws {
        let lookup = LostInsertLookup(scope: scope, log: log, table: table)
        var requests: [WriteRequest] = []
        var taken: Set<String> = []
        for request in prepared.requests {
            guard request.change.wasSent, request.operation == .insert else {
                requests.append(request)
                continue
            }
            if let sfid = try await lookup.find(request.record, excluding: taken) {
                taken.insert(sfid)
                prepared.settled.append(.success(request.change, sfid: sfid, madeRecord: true))
            } else {
                requests.append(request)
            }
        }
        prepared.requests = requests
    }

    /// An upsert would overwrite the record of a row that should have given the value up and could not.
    private func refuseHeldKeys(_ prepared: inout Prepared) async throws {
        guard let column = table.upsertColumn else { return }
        let values = prepared.requests.filter { $0.operation == .upsert }.compactMap { $0.change.values[column] ?? nil }
        guard !values.isEmpty else { return }
        let name = table.table
        let held = try await scope.target.pool.withSession { [log] in
            try log.unreleased(table: name, column: column, values: values, in: $0)
        }
        guard !held.isEmpty else { return }
        var requests: [WriteRequest] = []
        for request in prepared.requests {
            if request.operation == .upsert, let value = request.change.values[column] ?? nil, let holder = held[value.lowercased()] {
                prepared.settled.append(
                    .failure(
                        request.change, code: "DUPLICATE_VALUE",
                        message:
                            "the value \"\(value)\" of \(column) still belongs to the record \(holder.sfid): the change that gives it up failed (trigger log id \(holder.change))"
                    ))
            } else {
                requests.append(request)
            }
        }
        prepared.requests = requests
    }
}
