import Glibc
import Synchronization

/// A flag another thread can raise to wake a session out of a wait: a pipe beside the connection's socket in `poll`.
final class PostgresInterrupt: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32
    private let raised = Atomic<Bool>(false)

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw PostgresError(code: .connectionFailed, message: "cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    var isRaised: Bool { raised.load(ordering: .acquiring) }

    func raise() {
        guard !raised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Reads the pipe even when the flag is down: somebody who was just raising it may have written after the last look.
    func lower() {
        raised.store(false, ordering: .releasing)
        var bytes: (UInt64) = 0
        _ = read(readEnd, &bytes, MemoryLayout.size(ofValue: bytes))
    }

    enum Wake { case socket, interrupt, deadline }

    /// Waits until the socket is ready for `events`, somebody raises the flag, or the deadline passes.
    func wait(socket: Int32, events: Int32, until deadline: ContinuousClock.Instant) -> Wake {
        while true {
            var watched = [
                pollfd(fd: socket, events: Int16(events), revents: 0), pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            ]
            let remaining = ContinuousClock.now.duration(to: deadline)
            let milliseconds = max(0, min(Int64(Int32.max), remaining.milliseconds))
            let ready = poll(&watched, 2, Int32(milliseconds))
            if ready < 0 && errno == EINTR { continue }
            if watched[1].revents != 0 { return .interrupt }
            if watched[0].revents != 0 || ready < 0 { return .socket }
            if ContinuousClock.now >= deadline { return .deadline }
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up so that a wait never ends before its deadline.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
