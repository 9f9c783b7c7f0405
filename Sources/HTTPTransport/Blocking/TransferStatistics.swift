/// What a `BlockingTransfer` did.
public struct TransferStatistics: Sendable {
    /// The answer's status and header fields.
    public let head: TransferResponseHead
    /// Bytes of the body after decoding.
    public let bodyBytes: Int
    /// Bytes of the body as they came over the wire.
    public let wireBytes: Int
    /// How long the transfer took.
    public let duration: Duration
    /// Whether it went over a connection that was already open.
    public let reusedConnection: Bool
    /// The body, when `BodyDisposition.collect` asked for it.
    public let collectedBody: [UInt8]
}

/// What is to become of a body, decided when its head has arrived.
public enum BodyDisposition: Sendable {
    /// Hand it to `onBody`, piece by piece.
    case deliver
    /// Keep it in memory: the way to read an error's body. A longer one ends the transfer with `bodyTooLarge`.
    case collect(upTo: Int)
}
