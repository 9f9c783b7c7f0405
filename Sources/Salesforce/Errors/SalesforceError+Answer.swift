internal import ForeignText
internal import FoundationEssentials
public import HTTPTransport
internal import HTTPTypes

extension SalesforceError {
    /// Reads the error of an answer with an error status, or of one that is not what was expected; for answers that `BlockingTransfer` collected, too.
    public init(head: TransferResponseHead, body: [UInt8], resource: String, expecting expected: String = "JSON") {
        self =
            Self.jsonErrors(head: head, body: body, resource: resource)
            ?? Self.unreadable(head: head, body: body, resource: resource, expecting: expected)
    }

    /// The error for an answer that should have been JSON of a certain shape and is not. `problem` says what did not fit when
    /// it is JSON after all.
    static func unreadable(
        head: TransferResponseHead, body: [UInt8], resource: String, problem: String? = nil, expecting expected: String = "JSON"
    ) -> SalesforceError {
        let type = head.headers[first: .contentType].map { String(foreign: $0, limit: 100) } ?? "no content type"
        let retry: RetryClass = head.status < 300 ? .backOff : .of(status: head.status)
        let what = problem.map { "the JSON is not what was expected: \($0)" } ?? "expected \(expected), got \(type)"
        return SalesforceError(
            code: head.status >= 400 && body.isEmpty ? .unexpectedStatus : .notJSON,
            message: body.isEmpty ? "expected \(expected), got an empty body" : "\(what): \(excerpt(body))",
            httpStatus: head.status,
            retry: retry,
            resource: resource,
            mayHaveBeenApplied: head.status < 400 || head.status >= 500
        )
    }

    private struct Entry: Decodable {
        let errorCode: String?
        let exceptionCode: String?
        let error: String?
        let message: String?
        let exceptionMessage: String?
        let errorDescription: String?
        let fields: [String]?

        enum CodingKeys: String, CodingKey {
            case errorCode, exceptionCode, error, message, exceptionMessage, fields
            case errorDescription = "error_description"
        }

        var code: String? { errorCode ?? exceptionCode ?? error }
    }

    /// REST answers an array, OAuth and some resources an object.
    private static func jsonErrors(head: TransferResponseHead, body: [UInt8], resource: String) -> SalesforceError? {
        let data = Data(body)
        let decoder = JSONDecoder()
        let entry = (try? decoder.decode([Entry].self, from: data))?.first ?? (try? decoder.decode(Entry.self, from: data))
        guard let entry, let code = entry.code else { return nil }
        let message = entry.message ?? entry.exceptionMessage ?? entry.errorDescription ?? "no message"
        return SalesforceError(
            code: Code(rawValue: code),
            message: message,
            fields: entry.fields ?? [],
            httpStatus: head.status,
            retry: RetryClass.of(code: code) ?? RetryClass.of(status: head.status),
            resource: resource,
            mayHaveBeenApplied: head.status >= 500
        )
    }

    /// The first 200 characters on one line.
    private static func excerpt(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(1000), as: UTF8.self)
        return text.split(whereSeparator: { $0.isWhitespace }).joined(separator: " ").prefix(200).description
    }
}
