import Glibc
import SandboxBytes
import Synchronization

/// The org's time: the system's or a test's, moved by as much as the test asks for. A client that trusts its own clock then misses
/// changes. Stamps, sessions and the Date header of every answer follow it.
package final class OrgClock: Sendable {
    private let base: @Sendable () -> Int64
    private let moved = Mutex<Int64>(0)
    private let written = Mutex<(second: Int64, text: String)>((.min, ""))

    package init(base: (@Sendable () -> Int64)?, offset: Int64) {
        self.base = base ?? { Int64(time(nil)) }
        moved.withLock { $0 = offset }
    }

    package var offset: Int64 { moved.withLock { $0 } }
    package var now: Int64 { base() + offset }

    package func set(offset: Int64) { moved.withLock { $0 = offset } }

    /// As a header has it; made once a second.
    package var date: String {
        let now = now
        return written.withLock { written in
            if written.second != now { written = (now, HTTPDate.text(now)) }
            return written.text
        }
    }
}
