package import SandboxBytes
package import SandboxData
import SandboxQuery
import SandboxStore

/// One Bulk 2.0 ingest job: what was asked, what was uploaded, and what became of each row.
package struct BulkIngestJob: Sendable {
    package enum State: String, Sendable {
        case open = "Open"
        case uploadComplete = "UploadComplete"
        case inProgress = "InProgress"
        case jobComplete = "JobComplete"
        case failed = "Failed"
        case aborted = "Aborted"

        var isFinal: Bool { self == .jobComplete || self == .failed || self == .aborted }
    }

    package enum Operation: String, Sendable, CaseIterable {
        case insert, update, upsert, delete, hardDelete
    }

    /// A row of the upload after its turn.
    package struct Outcome: Sendable {
        package let cells: [String]
        package let id: String
        package let created: Bool
        /// Nil when the row was written.
        package let error: String?

        package init(cells: [String], id: String, created: Bool, error: String?) {
            self.cells = cells
            self.id = id
            self.created = created
            self.error = error
        }
    }

    package let id: String
    package let operation: Operation
    package let object: ObjectSchema
    /// Named by upserts only.
    let externalIDField: FieldSchema?
    package let version: Int
    package let createdBy: String
    package let created: Int64
    package let dialect: CSVDialect

    package var state = State.open
    var upload: [UInt8]?
    /// Not told to be complete before this.
    var readyAt: ContinuousClock.Instant?
    package var header: [String] = []
    var outcomes: [Outcome] = []
    /// Rows that had no turn, because the job failed or was aborted before.
    var unprocessed: [[String]] = []
    package var errorMessage: String?
    package var changed: Int64
    package var milliseconds = 0

    var failures: Int { outcomes.count { $0.error != nil } }

    /// The state that a client is told; a slow job keeps being in progress after its work is done.
    package func state(at now: ContinuousClock.Instant) -> State {
        guard let readyAt, now < readyAt, state == .jobComplete || state == .failed else { return state }
        return .inProgress
    }

    /// The end of the work.
    package mutating func take(_ result: BulkIngestRun.Result, at now: Int64, milliseconds: Int) {
        header = result.header
        outcomes = result.outcomes
        unprocessed = result.unprocessed
        errorMessage = result.failure
        state = result.failure == nil ? .jobComplete : .failed
        upload = nil
        changed = now
        self.milliseconds = milliseconds
    }

    /// The answers to creating and closing a job have less in them than the one to asking for it.
    package func write(_ json: inout JSONWriter, base: String, state: State, isBrief: Bool) {
        let counted = state == .jobComplete || state == .failed || state == .aborted
        json.object { json in
            json.field("id", id)
            json.field("operation", operation.rawValue)
            json.field("object", object.name)
            json.field("createdById", createdBy)
            json.field("createdDate", CivilTime.restText(created))
            json.field("systemModstamp", CivilTime.restText(changed))
            json.field("state", state.rawValue)
            if let externalIDField { json.field("externalIdFieldName", externalIDField.name) }
            json.field("concurrencyMode", "Parallel")
            json.field("contentType", "CSV")
            json.key("apiVersion")
            json.raw {
                $0.append(version, width: 1)
                $0.append(".0" as StaticString)
            }
            if !isBrief { json.field("jobType", "V2Ingest") }
            if state == .open { json.field("contentUrl", "\(base.dropFirst())/jobs/ingest/\(id)/batches") }
            json.field("lineEnding", dialect.lineEnding)
            json.field("columnDelimiter", dialect.delimiterName)
            guard !isBrief else { return }
            json.field("numberRecordsProcessed", counted ? outcomes.count : 0)
            json.field("numberRecordsFailed", counted ? failures : 0)
            json.field("retries", 0)
            json.field("totalProcessingTime", counted ? milliseconds : 0)
            json.field("apiActiveProcessingTime", counted ? milliseconds : 0)
            json.field("apexProcessingTime", 0)
            if state == .failed { json.field("errorMessage", errorMessage) }
        }
    }
}
