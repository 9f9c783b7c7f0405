import Catalog
import LoggedChanges
import MappedSchema
import Postgres
import Salesforce
import Sync
import SyncJournal

/// What a run does beside its calls: reading, preparing and recording, each on a session of its own.
struct WriteWork: Sendable {
    /// The most changes read at once.
    static let readSize = 4000

    enum Event: Sendable {
        case read([LogEntry], deletions: [Int64: Int64], mended: [Int64: [String: String?]])
        case prepared(WriteFlow.Batch, BatchPreparation.Prepared?, boundToParked: [Change], failure: (any Error)?)
        case answered(WriteOutbox.Call, WriteCall.Outcome)
        case recorded([(table: String, outcome: WriteRecord.Outcome)], putBack: [Change])
    }

    let scope: SyncScope
    let tables: [String: TableSchema]
    /// The columns by which rows name their parents' external ids, of all mapped tables.
    let parentKeys: [String: [WriteShape.ParentKey]]
    let log: TriggerLog

    init(scope: SyncScope, tables: [String: TableSchema], parentKeys: [String: [WriteShape.ParentKey]]) {
        self.scope = scope
        self.tables = tables
        self.parentKeys = parentKeys
        log = TriggerLog(schema: scope.connection.schemaName)
    }

    func read(after: Int64, limit: Int, parked: Set<String>) async throws -> Event {
        let open = tables.filter { !parked.contains($0.key) }
        let isMerging = !scope.connection.features.writesInOrder
        return try await scope.target.pool.withSession { [log] session in
            let entries = try log.waiting(tables: open, after: after, limit: limit, in: session)
            let inserts = entries.compactMap { entry -> Change? in
                guard case .change(let change) = entry, change.action == .insert, !change.wasSent else { return nil }
                return change
            }
            return .read(
                entries, deletions: isMerging ? try log.deletions(of: inserts, in: session) : [:],
                mended: try mended(by: entries, in: session))
        }
    }

    /// What failed inserts say that are sent again with the next updates of their rows, by update.
    private func mended(by entries: [LogEntry], in session: PostgresSession) throws -> [Int64: [String: String?]] {
        var next: [WriteKeys.RecordKey: Change] = [:]
        for case .change(let change) in entries where change.action == .update && change.sfid == nil {
            let key = WriteKeys.recordKeys(change)[0]
            if next[key] == nil { next[key] = change }
        }
        var mended: [Int64: [String: String?]] = [:]
        for updates in Dictionary(grouping: next.values, by: \.table).values {
            for (update, changes) in try log.failedInserts(of: updates, in: session) {
                mended[update] = changes.reduce(into: [:]) { values, change in values.merge(change.values) { $1 } }
            }
        }
        return mended
    }

    func prepare(_ batch: WriteFlow.Batch, parked: Set<String>, deletes: DeleteLimit) async -> Event {
        guard let table = tables[batch.table] else { return .prepared(batch, nil, boundToParked: batch.changes, failure: nil) }
        do {
            let waiting = try await childrenOfParked(batch, table, parked) + parentsOfParked(batch, table, parked)
            let ids = Set(waiting.map(\.id))
            var batch = batch
            batch.changes.removeAll { ids.contains($0.id) }
            do {
                let prepared = try await BatchPreparation(scope: scope, log: log, table: table, deletes: deletes).prepare(batch)
                return .prepared(batch, prepared, boundToParked: waiting, failure: nil)
            } catch let error as PostgresError {
                let fault: (any Error)? = TableFault(error, table: table.qualifiedName)
                return .prepared(batch, nil, boundToParked: waiting, failure: fault ?? error)
            } catch let error as SalesforceError where error.retry == .schemaChanged || error.meansMissingObject {
                return .prepared(batch, nil, boundToParked: waiting, failure: await schemaFault(error, table))
            }
        } catch {
            return .prepared(batch, nil, boundToParked: [], failure: error)
        }
    }

    /// Records are looked up by fields, too, which the org may have no more: that is the table's trouble alone.
    private func schemaFault(_ refusal: SalesforceError, _ table: TableSchema) async -> any Error {
        do {
            let fields = table.columns.filter { $0.relationship == nil }.map(\.field)
            try await SchemaCheck(scope: scope, table: table).find(because: refusal, sending: Set(fields))
            return TableFault(state: .badConfig, message: "records of \(table.objectName) cannot be looked up: \(refusal.message)")
        } catch {
            return error
        }
    }

    /// Changes that take a value from a parent, or the parent away, by which earlier changes name it that wait in a table that cannot be written.
    private func parentsOfParked(_ batch: WriteFlow.Batch, _ table: TableSchema, _ parked: Set<String>) async throws -> [Change] {
        guard batch.action != .insert else { return [] }
        var parents: [Change] = []
        for name in parked.sorted() {
            for key in parentKeys[name] ?? [] where key.parentTables.contains(table.table) {
                let given = batch.changes.filter { $0.action == .delete || $0.values[key.parentColumn] != nil }
                    .compactMap { change in change.oldKeys[key.parentColumn].map { (change: change, value: $0.lowercased()) } }
                guard !given.isEmpty else { continue }
                let waiting = try await scope.target.pool.withSession { [log] in
                    try log.firstWaiting(tables: [name], column: key.column, values: given.map(\.value), in: $0)
                }
                parents += given.filter { change, value in waiting[value].map { $0 < change.id } ?? false }.map(\.change)
            }
        }
        return parents
    }

    /// Changes that name a parent by its external id which waits in a table that cannot be written.
    private func childrenOfParked(_ batch: WriteFlow.Batch, _ table: TableSchema, _ parked: Set<String>) async throws -> [Change] {
        guard batch.action != .delete, !parked.isEmpty else { return [] }
        var children: [Change] = []
        for key in table.parentKeys {
            let parents = key.parentTables.filter { parked.contains($0) }
            let values = batch.changes.compactMap { $0.says(key.column) ?? nil }
            guard !parents.isEmpty, !values.isEmpty else { continue }
            let waiting = try await scope.target.pool.withSession { [log] in
                try log.waitingKeys(tables: parents, column: key.parentColumn, values: values, in: $0)
            }
            children += batch.changes.filter { change in
                (change.says(key.column) ?? nil).map { waiting.contains($0.lowercased()) } ?? false
            }
        }
        return children
    }

    /// Ends rows of the log that say nothing that could be written.
    func fail(_ problems: [(id: Int64, problem: String)]) async throws -> WriteSummary {
        try await scope.target.transaction(under: scope.lease) { [log] in
            try log.fail(problems.map { (id: $0.id, problem: "MALFORMED_LOG_ROW: \($0.problem)") }, in: $0)
        }
        var summary = WriteSummary()
        (summary.failed, summary.rows, summary.failedRows) = (problems.count, problems.count, problems.count)
        summary.firstFailure = problems.first.map { "the trigger log's row \($0.id) cannot be read: \($0.problem)" }
        return summary
    }

    /// Records what became of changes.
    ///
    /// - Parameter isRead: whether the run has read a row of the log.
    func record(_ known: UnrecordedResults, isRead: @Sendable (Int64) -> Bool) async throws -> Event {
        var outcomes: [(table: String, outcome: WriteRecord.Outcome)] = []
        var putBack = known.putBack
        for (name, list) in known.results.sorted(by: { $0.key < $1.key }) {
            guard let table = tables[name] else { continue }
            let early = try await childrenOfUnread(list, table, isRead)
            putBack += early.map { ($0.change, $0.message ?? "a parent waits") }
            let ids = Set(early.map(\.change.id))
            outcomes.append(
                (name, try await WriteRecord(scope: scope, log: log, table: table).record(list.filter { !ids.contains($0.change.id) })))
        }
        for (reason, list) in Dictionary(grouping: putBack, by: \.reason).sorted(by: { $0.key < $1.key }) {
            try await scope.target.transaction(under: scope.lease) { [log] in
                try log.putBack(list.map(\.change), message: reason, in: $0)
            }
        }
        try await scope.catalog.endIngests(known.ingests, of: scope.connection.id, under: scope.lease)
        return .recorded(outcomes, putBack: putBack.map(\.change))
    }

    /// Changes that were refused for parents which wait in the log and were not read: their transactions were committed after it was. The next run sends
    /// the parents first.
    private func childrenOfUnread(
        _ results: [ChangeResult], _ table: TableSchema, _ isRead: @Sendable (Int64) -> Bool
    ) async throws -> [ChangeResult] {
        let refused = results.filter(\.lacksParent)
        guard !refused.isEmpty else { return [] }
        var early: Set<Int64> = []
        for key in table.parentKeys {
            let values = refused.compactMap { $0.change.values[key.column] ?? nil }
            guard !values.isEmpty else { continue }
            let waiting = try await scope.target.pool.withSession { [log] in
                try log.allWaiting(tables: key.parentTables, column: key.parentColumn, values: values, in: $0)
            }
            for result in refused {
                guard let value = result.change.values[key.column] ?? nil, let parents = waiting[value.lowercased()] else { continue }
                if parents.contains(where: { !isRead($0) }) { early.insert(result.change.id) }
            }
        }
        return refused.filter { early.contains($0.change.id) }
    }
}
