import HTTPTypes
package import SandboxBytes
package import SandboxData
package import SandboxHTTP
package import SandboxQuery
import SandboxStore

/// One Bulk 2.0 query: what was asked, the rows found when the job was made, and their values at that moment: a page that is fetched again later
/// has the same rows.
package struct BulkQueryJob: Sendable {
    package enum State: String, Sendable {
        case uploadComplete = "UploadComplete"
        case inProgress = "InProgress"
        case jobComplete = "JobComplete"
        case failed = "Failed"
        case aborted = "Aborted"
    }

    package let id: String
    package let operation: String
    /// As the client wrote it.
    package let query: String
    package let plan: QueryPlan
    package let rows: RowSet
    package let snapshot: OrgSnapshot
    package let version: Int
    package let createdBy: String
    package let created: Int64
    package let dialect: CSVDialect
    var readyAt: ContinuousClock.Instant
    let isPrimaryKeyChunked: Bool
    /// Why it ends without results.
    package var failure: String?
    var isAborted = false

    package func state(at now: ContinuousClock.Instant) -> State {
        if isAborted { return .aborted }
        guard now >= readyAt else { return .inProgress }
        return failure != nil ? .failed : .jobComplete
    }

    /// The answer to creating it has less in it than later ones, as recorded.
    package func write(_ json: inout JSONWriter, state: State, isNew: Bool = false) {
        json.object { json in
            json.field("id", id)
            json.field("operation", operation)
            json.field("object", plan.object.name)
            json.field("createdById", createdBy)
            json.field("createdDate", CivilTime.restText(created))
            json.field("systemModstamp", CivilTime.restText(created))
            json.field("state", state.rawValue)
            json.field("concurrencyMode", "Parallel")
            json.field("contentType", "CSV")
            json.key("apiVersion")
            json.raw {
                $0.append(version, width: 1)
                $0.append(".0" as StaticString)
            }
            if !isNew { json.field("jobType", "V2Query") }
            json.field("lineEnding", dialect.lineEnding)
            json.field("columnDelimiter", dialect.delimiterName)
            guard !isNew else { return }
            json.field("numberRecordsProcessed", state == .jobComplete ? rows.count : 0)
            json.field("retries", 0)
            json.field("totalProcessingTime", state == .jobComplete ? 1 + rows.count / 1000 : 0)
            json.field("isPkChunkingSupported", isPrimaryKeyChunked)
            if state == .failed { json.field("errorMessage", failure) }
        }
    }
}

/// The separators a job asked for.
package struct CSVDialect: Sendable, Equatable {
    static let delimiters: [String: UInt8] = [
        "BACKQUOTE": UInt8(ascii: "`"), "CARET": UInt8(ascii: "^"), "COMMA": UInt8(ascii: ","), "PIPE": UInt8(ascii: "|"),
        "SEMICOLON": UInt8(ascii: ";"), "TAB": 0x09,
    ]

    var delimiterName = "COMMA"
    var lineEnding = "LF"

    package init(delimiterName: String = "COMMA", lineEnding: String = "LF") {
        self.delimiterName = delimiterName
        self.lineEnding = lineEnding
    }

    /// `columnDelimiter` and `lineEnding` of a job's body.
    package static func read(_ body: JSON) throws(OrgError) -> CSVDialect {
        var dialect = CSVDialect()
        if let delimiter = body["columnDelimiter"], delimiter != .null {
            guard let name = delimiter.string?.uppercased(), delimiters[name] != nil else {
                throw OrgError(
                    .badRequest, "API_ERROR", "columnDelimiter must be one of BACKQUOTE, CARET, COMMA, PIPE, SEMICOLON, TAB")
            }
            dialect.delimiterName = name
        }
        if let ending = body["lineEnding"], ending != .null {
            guard let name = ending.string?.uppercased(), ["LF", "CRLF"].contains(name) else {
                throw OrgError(.badRequest, "API_ERROR", "lineEnding must be LF or CRLF")
            }
            dialect.lineEnding = name
        }
        return dialect
    }

    var delimiter: UInt8 { Self.delimiters[delimiterName] ?? UInt8(ascii: ",") }

    @inline(__always)
    func endLine(_ writer: inout ByteWriter) {
        if lineEnding == "CRLF" { writer.append(0x0D) }
        writer.append(0x0A)
    }
}
