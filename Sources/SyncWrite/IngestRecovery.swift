import Catalog
import LoggedChanges
import MappedSchema
import Postgres
import Salesforce
import Sync
import SyncJournal

/// Takes up the bulk jobs that a run before began and did not live to hear of.
struct IngestRecovery: Sendable {
    let scope: SyncScope
    let log: TriggerLog
    let tables: [String: TableSchema]

    /// Records the results of jobs that have ended, and takes back those that never began.
    ///
    /// - Returns: rows of the log that jobs still work on, and how many jobs.
    /// - Throws: `SalesforceError`, `PostgresError`, `LeaseLost`.
    func run() async throws -> (rows: Set<Int64>, jobs: Int) {
        var (rows, jobs): (Set<Int64>, Int) = ([], 0)
        for ingest in try await scope.catalog.ingests(of: scope.connection.id) {
            guard let table = tables[ingest.table], let changes = IngestChanges(ingest.changes) else { continue }
            if try await isSettled(ingest, changes, table) {
                try await scope.catalog.endIngests([ingest.salesforceJob], of: scope.connection.id, under: scope.lease)
            } else {
                rows.formUnion(changes.rows)
                jobs += 1
            }
        }
        return (rows, jobs)
    }

    /// Where the org cannot be asked, the job counts as one that goes on: what does not depend on it is tried all the same.
    private func isSettled(_ ingest: Ingest, _ changes: IngestChanges, _ table: TableSchema) async throws -> Bool {
        do {
            return try await settle(ingest, changes, table)
        } catch let error as SalesforceError where error.retry == .backOff {
            return false
        }
    }

    /// - Returns: whether nothing of the job is open any more.
    private func settle(_ ingest: Ingest, _ changes: IngestChanges, _ table: TableSchema) async throws -> Bool {
        let entries = try await scope.target.pool.withSession { [log] in try log.unanswered(changes.rows, of: table, in: $0) }
        let sent = entries.compactMap { entry -> Change? in if case .change(let change) = entry { change } else { nil } }
        let requests = changes.changes(of: sent, lookups: table.sharedLookups).compactMap { request($0, ingest, table) }
        guard !requests.isEmpty else { return true }
        do {
            let state = try await scope.salesforce.bulkIngest(ingest.salesforceJob).state
            if state == .open { return try await takeBack(ingest, requests.map(\.change)) }
            guard state.isFinal else { return false }
            var csv = IngestCSV(requests)
            let report = try await IngestJob(scope: scope, object: table.objectName).report(ingest.salesforceJob, &csv)
            let outcome = await IngestCall(scope: scope, table: table, requests: requests).conclude(report)
            _ = try await WriteRecord(scope: scope, log: log, table: table).record(outcome.results)
            let back = outcome.postponed + outcome.again.map(\.change)
            try await putBack(back, outcome.reason ?? "the bulk job left it")
            return true
        } catch let error as SalesforceError where error.httpStatus == 404 {
            // Forgotten by Salesforce: inserts are looked up one by one, and all else is repeated.
            return true
        }
    }

    /// A job that was uploaded and never begun has written nothing, and does not begin once it is aborted.
    private func takeBack(_ ingest: Ingest, _ changes: [Change]) async throws -> Bool {
        do {
            try await scope.salesforce.abortBulkIngest(ingest.salesforceJob)
        } catch let error as SalesforceError where error.isRefusal {
            return false
        }
        try await putBack(changes, "the bulk job was not begun")
        return true
    }

    private func putBack(_ changes: [Change], _ reason: String) async throws {
        guard !changes.isEmpty else { return }
        try await scope.target.transaction(under: scope.lease) { [log] in try log.putBack(changes, message: reason, in: $0) }
    }

    /// The request as it was sent.
    private func request(_ change: Change, _ ingest: Ingest, _ table: TableSchema) -> WriteRequest? {
        let known = (change.sfid ?? change.broughtSfid).flatMap { SalesforceID($0) }
        switch ingest.operation {
        case "update": return known.map { WriteRequest(change: change, operation: .update($0), fields: []) }
        case "delete": return known.map { WriteRequest(change: change, operation: .delete($0), fields: []) }
        default:
            guard let fields = try? RecordValues.insert(change, table: table) else { return nil }
            let hasKey = table.upsertColumn.flatMap { change.values[$0] ?? nil }.map { !$0.isEmpty } ?? false
            let keyed: WriteRequest.Operation = ingest.operation == "upsert" ? .upsert : .keyedInsert
            return WriteRequest(change: change, operation: hasKey ? keyed : .insert, fields: fields)
        }
    }
}
