public import HTTPTransport
import HTTPTypes

extension SalesforceClient {
    /// Opens a job that writes CSV rows with commas and line feeds. Salesforce aborts one that stays open for a day.
    public func createBulkIngest(_ object: String, _ operation: BulkIngestOperation) async throws -> BulkJob {
        var body = #"{"object":"\#(try SOQL.identifier(object))","operation":"\#(operation.name)""#
        if case .upsert(let field) = operation { body += #","externalIdFieldName":"\#(try SOQL.identifier(field))""# }
        body += #","contentType":"CSV","columnDelimiter":"COMMA","lineEnding":"LF"}"#
        return try await call(.post, path("jobs/ingest"), json: Array(body.utf8)).decode(BulkJob.self)
    }

    /// Uploads all rows of an open job, at most 100 MB: a job takes one upload. A stream keeps them out of memory, but cannot be
    /// repeated after a 401.
    public func uploadBulkIngest(_ jobID: String, csv: TransferRequest.Body) async throws {
        _ = try await call(.put, try ingestPath(jobID) + "/batches", headers: [.contentType: "text/csv"], body: csv)
    }

    /// Lets Salesforce begin with what was uploaded.
    public func startBulkIngest(_ jobID: String) async throws -> BulkJob {
        try await call(.patch, try ingestPath(jobID), json: Array(#"{"state":"UploadComplete"}"#.utf8)).decode(BulkJob.self)
    }

    /// How far an ingest job has come.
    public func bulkIngest(_ jobID: String) async throws -> BulkJob {
        try await call(.get, try ingestPath(jobID)).decode(BulkJob.self)
    }

    /// The request for one of a final job's results, for `BlockingTransfer`; see `resultsRequest(jobID:)` for errors.
    public func ingestResultRequest(_ jobID: String, _ result: BulkIngestResult) async throws -> TransferRequest {
        authorised(
            .get, try ingestPath(jobID) + "/" + result.rawValue, headers: [.accept: "text/csv"], timeouts: timeouts.download,
            token: try await session.token())
    }

    /// One of a final job's results as a whole, for jobs of some thousand rows.
    public func ingestResult(_ jobID: String, _ result: BulkIngestResult) async throws -> [UInt8] {
        let answer = try await call(.get, try ingestPath(jobID) + "/" + result.rawValue, headers: [.accept: "text/csv"])
        guard CSVAnswer.isCSV(answer.head) else {
            throw SalesforceError(head: answer.head, body: answer.body, resource: answer.resource, expecting: "CSV")
        }
        return answer.body
    }

    /// Ends a job that is not final yet; what was done stays done.
    public func abortBulkIngest(_ jobID: String) async throws {
        _ = try await call(.patch, try ingestPath(jobID), json: Array(#"{"state":"Aborted"}"#.utf8))
    }

    /// Forgets a final job. One that is gone already is no error.
    public func deleteBulkIngest(_ jobID: String) async throws {
        do {
            _ = try await call(.delete, try ingestPath(jobID))
        } catch let error as SalesforceError where error.httpStatus == 404 {
            return
        }
    }

    private func ingestPath(_ jobID: String) throws(SalesforceError) -> String {
        guard let id = SalesforceID(jobID) else { throw .invalidRequest("\"\(jobID.prefix(40))\" is not the id of a job") }
        return path("jobs/ingest/" + id.text)
    }
}
