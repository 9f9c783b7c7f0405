public import FoundationEssentials
internal import HTTPTransport
internal import HTTPTypes

/// A question about an object, to be asked together with others.
public enum BatchQuestion: Sendable, Hashable {
    /// Whether a query finds something; it should ask for one record at most.
    case finds(soql: String, includeDeleted: Bool)
    /// Whether records were deleted between two moments, which must be more than a minute apart.
    case deleted(object: String, from: Date, to: Date)
}

/// What was answered.
public enum BatchAnswer: Sendable, Hashable {
    /// The query found something, or nothing.
    case finds(Bool)
    /// Records were deleted, or none; how far back the log reaches, and up to when it tells.
    case deleted(Bool, earliest: Date, until: Date)
    /// The question was refused.
    case refused(status: Int)
}

extension SalesforceClient {
    /// Salesforce's limit.
    public static let mostInBatch = 25

    /// Asks several questions in one call.
    ///
    /// - Returns: the answers in the order of the questions, and the server's clock.
    /// - Throws: `SalesforceError`, when the call as a whole was refused or is not what was asked for.
    public func ask(_ questions: [BatchQuestion]) async throws -> (answers: [BatchAnswer], serverDate: Date?) {
        let requests = try questions.map { Request(url: try address(of: $0)) }
        let answer = try await call(.post, path("composite/batch"), json: Array(try JSONEncoder().encode(Batch(batchRequests: requests))))
        let results = try answer.decode(BatchResults.self).results
        guard results.count == questions.count else {
            throw SalesforceError.unreadable(
                head: answer.head, body: answer.body, resource: answer.resource,
                problem: "\(results.count) answers came to \(questions.count) questions")
        }
        return (zip(questions, results).map { $1.answer(to: $0) }, answer.serverDate)
    }

    /// Relative to `/services/data`, as batches have it.
    private func address(of question: BatchQuestion) throws(SalesforceError) -> String {
        let whole =
            switch question {
            case .finds(let soql, let includeDeleted):
                path((includeDeleted ? "queryAll" : "query") + "?q=" + PercentEncoding.encode(soql))
            case .deleted(let object, let start, let end): try deletedPath(object, from: start, to: end)
            }
        let root = "/services/data/"
        return whole.hasPrefix(root) ? String(whole.dropFirst(root.count)) : whole
    }

    private struct Request: Encodable {
        var method = "GET"
        let url: String
    }

    private struct Batch: Encodable {
        let batchRequests: [Request]
    }
}

private struct BatchResults: Decodable {
    let results: [BatchResult]
}

/// One answer: a page of records, a stretch of the delete log, or a list of errors.
private struct BatchResult: Decodable {
    let statusCode: Int
    private let totalSize: Int?
    private let deleted: DeletedAnswer?

    private enum Key: String, CodingKey { case statusCode, result }
    private enum PageKey: String, CodingKey { case totalSize }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        statusCode = try container.decode(Int.self, forKey: .statusCode)
        guard statusCode == 200 else {
            (totalSize, deleted) = (nil, nil)
            return
        }
        totalSize = try container.nestedContainer(keyedBy: PageKey.self, forKey: .result).decodeIfPresent(Int.self, forKey: .totalSize)
        deleted = totalSize == nil ? try container.decode(DeletedAnswer.self, forKey: .result) : nil
    }

    func answer(to question: BatchQuestion) -> BatchAnswer {
        switch (question, totalSize, deleted) {
        case (.finds, let size?, _): .finds(size > 0)
        case (.deleted, _, let log?):
            .deleted(!log.deletedRecords.isEmpty, earliest: log.earliestDateAvailable.date, until: log.latestDateCovered.date)
        default: .refused(status: statusCode)
        }
    }
}
