/// A body in chunks. The socket is read only while less than the buffer's size waits here, so a slow reader slows the
/// server down instead of filling memory.
public struct TransferResponseBody: AsyncSequence, Sendable {
    /// A chunk of decoded bytes, never empty.
    public typealias Element = [UInt8]

    let channel: ResponseChannel
    private let lease: Lease

    init(channel: ResponseChannel) {
        self.channel = channel
        lease = Lease(channel: channel)
    }

    /// Ends the transfer; what is still unread is lost.
    public func cancel() {
        channel.abandon()
    }

    /// Starts reading. A second iterator would share the first one's bytes.
    public func makeAsyncIterator() -> Iterator {
        Iterator(channel: channel, lease: lease)
    }

    /// Reads the body.
    public struct Iterator: AsyncIteratorProtocol {
        let channel: ResponseChannel
        fileprivate let lease: Lease

        /// The bytes that have arrived since the last call, or nil at the end of the body.
        public func next() async throws -> [UInt8]? {
            try await channel.next()
        }
    }

    /// Ends a transfer that nobody can read any more; a paused one would otherwise hold its connection until a time-out.
    fileprivate final class Lease: Sendable {
        let channel: ResponseChannel

        init(channel: ResponseChannel) {
            self.channel = channel
        }

        deinit {
            channel.abandon()
        }
    }
}
