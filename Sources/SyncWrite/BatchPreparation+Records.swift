import LoggedChanges
import MappedSchema
import Postgres
import Salesforce
import Sync

// Updates and deletes: of which record, and what of it.
extension BatchPreparation {
    /// Marks deletes as about to be sent, as many as may go.
    private func claim(deletes changes: [Change], into prepared: inout Prepared) async throws -> [Change] {
        let (standing, wait) = try await scope.target.transaction(under: scope.lease) { [log, deletes] session in
            let used = try log.deletesInLastHour(after: deletes.allowedThrough, besides: changes.map(\.id), in: session)
            let (go, wait) = deletes.split(changes, used: used)
            return (try log.claim(go, in: session), wait)
        }
        prepared.stopped = wait
        let waiting = Set(wait.map(\.id))
        return sort(changes.filter { !waiting.contains($0.id) }, standing, into: &prepared)
    }

    /// Updates and deletes may be repeated, so they can be marked before it is known whether all are sent.
    func prepareOthers(_ changes: [Change]) async throws -> Prepared {
        var prepared = Prepared()
        var changes =
            deletes.perHour != nil && changes[0].action == .delete
            ? try await claim(deletes: changes, into: &prepared) : sort(changes, try await claim(changes), into: &prepared)
        let nameless = changes.filter { $0.sfid == nil }
        if !nameless.isEmpty {
            let ids = try await recordIDs(nameless)
            changes = changes.map { $0.sfid == nil ? $0.knowing(sfid: ids[$0.id]) : $0 }
        }
        let types = try await ParentTypes.of(changes, table: table, asking: OrgRecords(scope: scope))
        let mended = try await mendedInserts(changes.filter { $0.action == .update && $0.sfid == nil })
        for change in changes where mended[change.id] == nil {
            if change.action == .update { prepareUpdate(change, types, into: &prepared) } else { prepareDelete(change, into: &prepared) }
        }
        if !mended.isEmpty { try await prepareInserts(mended.values.sorted { $0.id < $1.id }, into: &prepared) }
        return prepared
    }

    /// An update of a row whose insert failed may have mended what the insert failed for: both are sent again, as one insert of what the row has
    /// by now. (Heroku Connect answers such an update NO_SFID.)
    ///
    /// - Returns: the inserts, by the update's id, marked as about to be sent.
    private func mendedInserts(_ updates: [Change]) async throws -> [Int64: Change] {
        guard !updates.isEmpty else { return [:] }
        let failed = try await scope.target.pool.withSession { [log] in try log.failedInserts(of: updates, in: $0) }
        guard !failed.isEmpty else { return [:] }
        let ids = failed.values.flatMap { $0.map(\.id) }
        let marked = try await scope.target.transaction(under: scope.lease) { [log] in try log.claimFailed(ids, in: $0) }
        let lookups = table.sharedLookups
        var mended: [Int64: Change] = [:]
        for update in updates {
            guard let changes = failed[update.id]?.filter({ marked.contains($0.id) }), let insert = changes.first, insert.action == .insert
            else { continue }
            let whole = (changes.dropFirst() + [update]).reduce(insert) { $0.merging($1, as: insert.id, lookups: lookups) }
            mended[update.id] = whole.leaving(out: Set(update.leftOut))
        }
        return mended
    }

    // MARK: - Which record

    private func recordIDs(_ nameless: [Change]) async throws -> [Int64: String] {
        try await scope.target.pool.withSession { [log, table] session in
            let inserted = try log.insertedIDs(for: nameless, in: session)
            let open = nameless.filter { inserted[$0.id] == nil }
            return inserted.merging(try log.adoptedIDs(of: open, table: table, in: session)) { one, _ in one }
        }
    }

    // MARK: - Updates and deletes

    private func prepareUpdate(_ change: Change, _ types: ParentTypes, into prepared: inout Prepared) {
        let fields: [RecordWrite.Field]
        do {
            fields = try RecordValues.update(change, table: table, types: types)
        } catch {
            prepared.settled.append(.failure(change, code: "INVALID_VALUE", message: error.message, fields: [error.column]))
            return
        }
        guard !fields.isEmpty else {
            let readOnly = RecordValues.readOnlyColumns(change, table: table)
            let unmapped = change.values.keys.filter { table.column(named: $0) == nil }.sorted()
            let reason =
                readOnly.isEmpty
                ? unmapped.isEmpty ? "nothing changed" : "only columns that are not mapped: \(unmapped.joined(separator: ", "))"
                : "only fields that Salesforce does not let be changed: \(readOnly.joined(separator: ", "))"
            prepared.settled.append(.ignored(change, because: reason))
            return
        }
        guard let sfid = change.sfid else {
            prepared.settled.append(
                .failure(
                    change, code: "NO_SFID",
                    message:
                        "the row has no Salesforce id: its insert has not succeeded, so there is nothing to update; set the state of the insert's row in the trigger log to NEW once it can be written"
                ))
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
}
