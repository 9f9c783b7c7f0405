internal import Synchronization

/// A flag that another thread or task raises to end a `BlockingTransfer` within about a second.
public final class TransferCancellation: Sendable {
    private let flag = Atomic(false)

    /// Makes a flag that is down.
    public init() {}

    /// Raises the flag.
    public func cancel() {
        flag.store(true, ordering: .relaxed)
    }

    /// Whether the flag is up.
    public var isCancelled: Bool {
        flag.load(ordering: .relaxed)
    }
}
