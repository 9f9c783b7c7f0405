import Catalog
import HTTPTransport
import JobQueue
import Salesforce
import Sync
import SyncJournal

/// One Bulk 2.0 job that writes: begun, waited for, and its results read.
struct IngestJob: Sendable {
    /// What became of the requests of a job that has ended.
    struct Report: Sendable {
        var answers: [BatchDelivery.Answer] = []
        /// Requests that had no turn: nothing of them took effect.
        var left: [WriteRequest] = []
        /// Requests of which the job says nothing, though it may have written them.
        var unknown: [WriteRequest] = []
    }

    /// Why a job has no report.
    enum Stop: Error {
        /// Salesforce takes no such job, of this object or from this user; nothing took effect.
        case refused(SalesforceError)
        /// The job did not begin; nothing took effect.
        case notBegun(any Error)
        /// It goes on for longer than a worker waits; a later run asks for its results.
        case underWay
        /// What it did cannot be asked for now; a later run asks for it.
        case interrupted(any Error)
    }

    /// The first pause between two looks: it grows by half from look to look.
    private static let shortestPause = Duration.milliseconds(20)
    /// The longest.
    private static let longestPause = Duration.seconds(2)
    /// How long a run waits for a job, which is more than jobs of ten thousand rows take where nothing is in their way.
    private static let patience = Duration.seconds(30)
    /// Looks in a row that may fail for what passes.
    private static let mostTroubles = 5

    let scope: SyncScope
    let object: String

    /// Makes a job, uploads its rows and lets it begin.
    ///
    /// - Throws: `Stop`.
    func begin(_ operation: BulkIngestOperation, _ csv: IngestCSV, noting: (String) -> Ingest) async throws(Stop) -> Ingest {
        do {
            let job = try await scope.salesforce.createBulkIngest(object, operation)
            do {
                try await scope.salesforce.uploadBulkIngest(job.id, csv: .bytes(csv.bytes))
                let ingest = noting(job.id)
                try await scope.catalog.beginIngest(ingest, of: scope.connection.id, under: scope.lease)
                return ingest
            } catch {
                // One that stays open does nothing, and is gone within a day.
                try? await scope.salesforce.abortBulkIngest(job.id)
                throw error
            }
        } catch let error as SalesforceError where error.isRefusal {
            throw .refused(error)
        } catch {
            throw .notBegun(error)
        }
    }

    /// Waits for the end of a job that was uploaded, and begins it where that is still to be done.
    ///
    /// - Parameter isOpen: whether it was uploaded just now, so that nobody has to ask whether it began.
    /// - Throws: `Stop`.
    func finish(_ id: String, _ csv: inout IngestCSV, isOpen: Bool = false) async throws(Stop) -> Report {
        do {
            let end = ContinuousClock.now + Self.patience
            var (pause, troubles, isOpen) = (Self.shortestPause, 0, isOpen)
            while true {
                do {
                    let state = isOpen ? .open : try await scope.salesforce.bulkIngest(id).state
                    if state.isFinal { break }
                    isOpen = false
                    if state == .open {
                        _ = try await scope.salesforce.startBulkIngest(id)
                    }
                    troubles = 0
                } catch let error as SalesforceError where troubles < Self.mostTroubles && (error.mayHaveBeenApplied || error.isRetryable) {
                    troubles += 1
                }
                guard ContinuousClock.now < end else { throw Stop.underWay }
                try await Task.sleep(for: pause)
                pause = min(pause * 1.5, Self.longestPause)
            }
            return try await report(id, &csv)
        } catch let stop as Stop {
            throw stop
        } catch let error as SalesforceError where error.httpStatus == 404 {
            // Somebody deleted the job: a later run finds it gone, and looks its changes up.
            throw .underWay
        } catch {
            throw .interrupted(error)
        }
    }

    /// Reads what a job that has ended says of its rows.
    ///
    /// - Throws: `SalesforceError`.
    func report(_ id: String, _ csv: inout IngestCSV) async throws -> Report {
        var report = Report()
        for kind in [BulkIngestResult.successful, .failed, .unprocessed] {
            if kind == .unprocessed, csv.left.isEmpty { break }
            var rows = CSVRows(try await scope.salesforce.ingestResult(id, kind))
            guard let header = rows.next() else { continue }
            let (idColumn, told) = (header.firstIndex(of: "sf__Id"), header.firstIndex(of: kind == .failed ? "sf__Error" : "sf__Created"))
            while let row = rows.next() {
                guard row.count == header.count, let request = csv.take(header, row) else { continue }
                guard kind != .unprocessed, let told, let idColumn else {
                    report.left.append(request)
                    continue
                }
                let result =
                    kind == .failed
                    ? RecordResult(id: nil, success: false, created: nil, errors: [RecordRefusal(bulk: row[told])])
                    : RecordResult(id: row[idColumn], success: true, created: row[told] == "true", errors: [])
                report.answers.append(BatchDelivery.Answer(request: request, result: result))
            }
        }
        report.unknown = csv.left
        return report
    }
}
