import Glibc
import Synchronization

/// The org's time: the system's or a test's, moved by as much as the test asks for. A client that trusts its own clock then misses
/// changes. The Date header, which the web framework writes, stays the system's.
final class OrgClock: Sendable {
    private let base: @Sendable () -> Int64
    private let moved = Mutex<Int64>(0)

    init(base: (@Sendable () -> Int64)?, offset: Int64) {
        self.base = base ?? { Int64(time(nil)) }
        moved.withLock { $0 = offset }
    }

    var offset: Int64 { moved.withLock { $0 } }
    var now: Int64 { base() + offset }

    func set(offset: Int64) { moved.withLock { $0 = offset } }
}
