public import HTTPTransport
import HTTPTypes

/// What a Bulk query reads.
public enum BulkQueryOperation: String, Sendable, Hashable, Codable {
    /// Live records.
    case query
    /// Records in the recycle bin too.
    case queryAll
}

extension SalesforceClient {
    /// Starts a query job whose result is CSV with commas and line feeds.
    public func createBulkQuery(_ soql: String, operation: BulkQueryOperation = .query) async throws -> BulkJob {
        var body = Array(#"{"operation":""#.utf8) + Array(operation.rawValue.utf8) + Array(#"","query":"#.utf8)
        JSONText.appendQuoted(soql, to: &body)
        body += Array(#","contentType":"CSV","columnDelimiter":"COMMA","lineEnding":"LF"}"#.utf8)
        return try await call(.post, path("jobs/query"), json: body).decode(BulkJob.self)
    }

    /// How far a query job has come.
    public func bulkQuery(_ jobID: String) async throws -> BulkJob {
        try await call(.get, try jobPath(jobID)).decode(BulkJob.self)
    }

    /// The request for one page of a result, for `BlockingTransfer`. Read its answer's head with `BulkResultPage`, an error's
    /// body with `SalesforceError(head:body:resource:)`, and after a 401 try once more with `reauthorised(_:)`.
    public func resultsRequest(jobID: String, locator: String? = nil, maxRecords: Int? = nil) async throws -> TransferRequest {
        var query: [(String, String)] = []
        if let locator { query.append(("locator", locator)) }
        if let maxRecords { query.append(("maxRecords", String(maxRecords))) }
        let suffix = query.isEmpty ? "" : "?" + PercentEncoding.form(query)
        return authorised(
            .get, try jobPath(jobID) + "/results" + suffix, headers: [.accept: "text/csv"], timeouts: timeouts.download,
            token: try await session.token())
    }

    /// The same request with a token that Salesforce has not refused.
    public func reauthorised(_ request: TransferRequest) async throws -> TransferRequest {
        let prefix = "Bearer "
        let refused = request.headers[.authorization].flatMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
        let token = try await session.token(replacing: refused ?? "")
        var request = request
        request.headers[.authorization] = prefix + token.accessToken
        return request
    }

    /// The locators of up to five result pages and where the list goes on, so that several workers can read one result. Only
    /// a completed job has them.
    public func resultPages(jobID: String, next: String? = nil) async throws -> BulkResultPages {
        let answer = try await call(.get, try next.map { try Self.checked($0) } ?? jobPath(jobID) + "/resultPages")
        let pages = try answer.decode(BulkResultPagesAnswer.self)
        if !pages.done, pages.nextRecordsUrl == nil {
            throw SalesforceError.unreadable(
                head: answer.head, body: answer.body, resource: answer.resource, problem: "nextRecordsUrl is missing where done is false")
        }
        return BulkResultPages(
            locators: pages.resultPages.map { Self.locator(of: $0.resultUrl) }, next: pages.done ? nil : pages.nextRecordsUrl)
    }

    /// Ends a job that is not final yet.
    public func abortBulkQuery(_ jobID: String) async throws {
        _ = try await call(.patch, try jobPath(jobID), json: Array(#"{"state":"Aborted"}"#.utf8))
    }

    /// Forgets a final job and its result. One that is gone already is no error.
    public func deleteBulkQuery(_ jobID: String) async throws {
        do {
            _ = try await call(.delete, try jobPath(jobID))
        } catch let error as SalesforceError where error.httpStatus == 404 {
            return
        }
    }

    private func jobPath(_ jobID: String) throws(SalesforceError) -> String {
        guard let id = SalesforceID(jobID) else { throw .invalidRequest("\"\(jobID.prefix(40))\" is not the id of a job") }
        return path("jobs/query/" + id.text)
    }

    private static func locator(of url: String) -> String? {
        guard let query = url.split(separator: "?", maxSplits: 1).dropFirst().first else { return nil }
        return query.split(separator: "&").first { $0.hasPrefix("locator=") }.map { PercentEncoding.decode($0.dropFirst("locator=".count)) }
    }
}
