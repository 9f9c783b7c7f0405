public import HTTPTypes

/// The status line and header fields of an answer.
public struct TransferResponseHead: Sendable, Hashable {
    /// The status code, such as 200.
    public let status: Int
    /// The header fields.
    public let headers: HTTPFields

    /// Makes a head.
    public init(status: Int, headers: HTTPFields) {
        self.status = status
        self.headers = headers
    }
}

/// A session's cookie lets its bearer in.
extension TransferResponseHead: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The status, and the fields without what is secret.
    public var description: String { "\(status) \(headers.redactedDescription)" }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Hides the fields from reflection.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
