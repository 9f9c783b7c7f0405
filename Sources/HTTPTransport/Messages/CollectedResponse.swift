public import HTTPTypes

/// An answer with its whole body.
public struct CollectedResponse: Sendable {
    /// Status and header fields.
    public let head: TransferResponseHead
    /// The body, decoded from gzip or deflate.
    public let bytes: [UInt8]

    /// Makes an answer.
    public init(head: TransferResponseHead, bytes: [UInt8]) {
        self.head = head
        self.bytes = bytes
    }

    /// The status code, such as 200.
    public var status: Int { head.status }
    /// The header fields.
    public var headers: HTTPFields { head.headers }
}

/// The answer to a sign-in is a token.
extension CollectedResponse: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The head, and how long the body is.
    public var description: String { "\(head), \(bytes.count) bytes" }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Hides the body from reflection.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
