import Postgres
import Synchronization

/// Tells the workers that there is something to claim, at most once in a few milliseconds: notifying sessions of a server commit one after
/// the other and wake every listener, and a worker that has been told looks at everything that waits.
///
/// The first announcement after a rest goes out at once; those that follow too soon become one, a moment later. One that is lost with its
/// process costs the workers a pause of their poll.
final class Announcer: Sendable {
    private static let pause = Duration.milliseconds(4)

    private let state = Mutex(State())

    private struct State {
        var last: ContinuousClock.Instant?
        var isPending = false
    }

    /// Announces in a session that is in no transaction, or leaves it to a later announcement.
    ///
    /// - Throws: `PostgresError`.
    func announce(in session: PostgresSession, pool: PostgresPool) throws {
        let now = ContinuousClock.now
        enum Step { case now, later(Duration), covered }
        let step = state.withLock { state -> Step in
            if state.isPending { return .covered }
            if let last = state.last, now - last < Self.pause {
                state.isPending = true
                return .later(Self.pause - (now - last))
            }
            state.last = now
            return .now
        }
        switch step {
        case .now: try session.run(Self.statement, timeout: .seconds(5))
        case .later(let delay): Task { await announce(after: delay, pool: pool) }
        case .covered: break
        }
    }

    private func announce(after delay: Duration, pool: PostgresPool) async {
        try? await Task.sleep(for: delay, tolerance: .zero)
        state.withLock { state in
            state.isPending = false
            state.last = .now
        }
        _ = try? await pool.run(Self.statement, timeout: .seconds(5))
    }

    private static let statement: PostgresQuery = .prepared("SELECT pg_notify(\(JobQueue.channel), '')")
}
