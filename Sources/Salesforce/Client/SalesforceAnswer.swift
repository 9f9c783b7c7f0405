internal import FoundationEssentials
internal import HTTPTransport
internal import HTTPTypes

/// A whole answer with what it takes to say what is wrong with it.
struct SalesforceAnswer: Sendable {
    let head: TransferResponseHead
    let body: [UInt8]
    let method: HTTPRequest.Method
    let path: String

    var resource: String { method.rawValue + " " + path }

    /// The server's clock when it answered.
    var serverDate: Date? { head.headers[first: .date].flatMap { SalesforceDate.parseHTTP($0) } }

    func decode<Value: Decodable>(_ type: Value.Type) throws(SalesforceError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch let error as DecodingError {
            throw SalesforceError.unreadable(head: head, body: body, resource: resource, problem: Self.problem(error))
        } catch {
            throw SalesforceError.unreadable(head: head, body: body, resource: resource)
        }
    }

    /// The key that does not fit, if the body is JSON at all.
    private static func problem(_ error: DecodingError) -> String? {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + (last.map { [$0] } ?? [])).map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(path(context, key)) is missing"
        case .typeMismatch(let type, let context): return "\(path(context)) is not a \(type)"
        case .valueNotFound(let type, let context): return "\(path(context)) is null, not a \(type)"
        default: return nil
        }
    }
}
