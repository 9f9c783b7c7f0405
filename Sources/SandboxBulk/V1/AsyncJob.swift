import SandboxBytes
package import SandboxData
import SandboxQuery
import SandboxStore

/// What the rows of a Bulk 1.0 job are written in.
package enum AsyncContentType: String, Sendable {
    case csv = "CSV"
    case xml = "XML"
    case json = "JSON"

    /// Of results and of requests that are given back.
    package var mediaType: String {
        switch self {
        case .csv: "text/csv"
        case .xml: "application/xml"
        case .json: "application/json"
        }
    }
}

/// One Bulk 1.0 job with its batches.
package struct AsyncJob: Sendable {
    package enum Operation: Sendable, Equatable {
        case query(includesDeleted: Bool)
        case write(BulkIngestJob.Operation)

        /// By its name, in any case; nil when there is none.
        init?(_ name: String) {
            switch name.lowercased() {
            case "query": self = .query(includesDeleted: false)
            case "queryall": self = .query(includesDeleted: true)
            default:
                guard let operation = BulkIngestJob.Operation.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() })
                else {
                    return nil
                }
                self = .write(operation)
            }
        }

        package var name: String {
            switch self {
            case .query(let includesDeleted): includesDeleted ? "queryAll" : "query"
            case .write(let operation): operation.rawValue
            }
        }
    }

    package enum State: String, Sendable {
        case open = "Open"
        case closed = "Closed"
        case aborted = "Aborted"
    }

    package let id: String
    package let operation: Operation
    package let object: ObjectSchema
    /// Named by upserts only.
    let externalIDField: FieldSchema?
    package let contentType: AsyncContentType
    let isSerial: Bool
    let assignmentRuleID: String?
    let chunking: PKChunking?
    /// Of results in CSV.
    package let dialect: CSVDialect
    package let version: Int
    package let createdBy: String
    package let created: Int64
    package var changed: Int64
    package var state = State.open
    var batches: [AsyncBatch] = []

    package func batch(_ id: String) -> AsyncBatch? {
        let full = id.utf8.count == 15 ? id + RecordIDText.suffix(of: id.utf8) : id
        return batches.first { $0.id == full }
    }

    package func info(at now: ContinuousClock.Instant) -> AsyncInfo {
        let states = batches.map { $0.state(at: now) }
        func count(_ state: AsyncBatch.State) -> AsyncInfo.Value { .number(states.count { $0 == state }) }
        func sum(_ number: (AsyncBatch.Counts) -> Int) -> AsyncInfo.Value {
            .number(batches.reduce(0) { $0 + number($1.counts(at: now)) })
        }
        return AsyncInfo(
            name: "jobInfo",
            fields: [
                ("id", .text(id)), ("operation", .text(operation.name)), ("object", .text(object.name)), ("createdById", .text(createdBy)),
                ("createdDate", .time(created)), ("systemModstamp", .time(changed)), ("state", .text(state.rawValue)),
                ("externalIdFieldName", externalIDField.map { .text($0.name) } ?? .absent),
                ("concurrencyMode", .text(isSerial ? "Serial" : "Parallel")), ("contentType", .text(contentType.rawValue)),
                ("numberBatchesQueued", count(.queued)), ("numberBatchesInProgress", count(.inProgress)),
                ("numberBatchesCompleted", count(.completed)), ("numberBatchesFailed", count(.failed)),
                ("numberBatchesTotal", .number(batches.count)), ("numberRecordsProcessed", sum(\.processed)), ("numberRetries", .number(0)),
                ("apiVersion", .version(version)), ("assignmentRuleId", assignmentRuleID.map { .text($0) } ?? .absent),
                ("numberRecordsFailed", sum(\.failed)), ("totalProcessingTime", sum(\.milliseconds)),
                ("apiActiveProcessingTime", sum(\.milliseconds)), ("apexProcessingTime", .number(0)),
                ("fastPathEnabled", .inJSON(.flag(false))),
            ])
    }
}
