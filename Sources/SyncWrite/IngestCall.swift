import Catalog
import MappedSchema
import Salesforce
import Sync
import SyncJournal

/// Sends a long run of one table and kind by a Bulk 2.0 job. What cannot go that way, and what the job leaves, is to be sent by calls.
struct IngestCall: Sendable {
    let scope: SyncScope
    let table: TableSchema
    let requests: [WriteRequest]

    func send() async -> WriteCall.Outcome {
        let sendable = requests.filter(IngestCSV.canSend)
        let others = requests.filter { !IngestCSV.canSend($0) }
        guard let kind = sendable.first?.kind, let operation = operation(kind) else { return .again(requests) }
        var csv = IngestCSV(sendable)
        let job = IngestJob(scope: scope, object: table.objectName)
        let ingest: Ingest
        do throws(IngestJob.Stop) {
            ingest = try await job.begin(operation, csv) { id in
                Ingest(
                    salesforceJob: id, table: table.table, operation: operation.name, changes: IngestChanges(sendable.map(\.change)).text)
            }
        } catch {
            return notBegun(error)
        }
        do throws(IngestJob.Stop) {
            var outcome = await conclude(try await job.finish(ingest.salesforceJob, &csv, isOpen: true))
            outcome.again += others
            outcome.calls = 1
            outcome.ingest = ingest.salesforceJob
            return outcome
        } catch {
            var outcome = WriteCall.Outcome()
            outcome.unknown = sendable.map(\.change)
            outcome.again = others
            if case .interrupted(let cause) = error { outcome.failure = cause } else { outcome.isUnderWay = true }
            return outcome
        }
    }

    /// What the report of a job means for each change.
    func conclude(_ report: IngestJob.Report) async -> WriteCall.Outcome {
        let call = WriteCall(scope: scope, table: table, requests: report.answers.map(\.request))
        var outcome = await call.conclude(report.answers)
        outcome.again += report.left
        // Inserts are looked up; all else is safely repeated.
        outcome.again += report.unknown.filter { $0.kind != .insert }
        outcome.unknown += report.unknown.filter { $0.kind == .insert }.map(\.change)
        return outcome
    }

    private func notBegun(_ stop: IngestJob.Stop) -> WriteCall.Outcome {
        guard case .notBegun(let cause) = stop else { return .again(requests) }
        var outcome = WriteCall.Outcome()
        outcome.postponed = requests.map(\.change)
        outcome.reason = (cause as? SalesforceError)?.message ?? "\(cause)"
        outcome.failure = cause
        return outcome
    }

    private func operation(_ kind: WriteRequest.Kind) -> BulkIngestOperation? {
        switch kind {
        case .insert: .insert
        case .update: .update
        case .delete: .delete
        case .upsert: table.upsertColumn.flatMap { table.column(named: $0)?.field }.map { .upsert(externalIDField: $0) }
        }
    }
}

extension WriteCall.Outcome {
    /// Nothing took effect, and all is to go by calls of the usual size.
    static func again(_ requests: [WriteRequest]) -> Self {
        var outcome = Self()
        outcome.again = requests
        return outcome
    }
}
