import Catalog
import JobQueue
public import Postgres
import Synchronization
import WebServer

/// Why a process cannot do its work.
public struct UnreadyReason: Sendable, Hashable {
    /// Which of the reasons there are.
    public enum Code: String, Sendable {
        /// The process has not begun its work.
        case starting
        /// The control database does not answer.
        case database
        /// The control database lacks migrations.
        case migrations
        /// No scheduler leads.
        case leader
        /// The process was asked to stop.
        case drain
    }

    /// Which of them.
    public let code: Code
    /// What a person wants to know.
    public let message: String
}

/// Whether a process can do its work: what `/readyz` tells. The database is asked at most once a second, however many ask.
public actor Readiness {
    /// How the process stands to itself.
    public enum Phase: Sendable {
        /// It waits for what it needs.
        case starting
        /// It works.
        case working
        /// It was asked to stop, and ends what is under way.
        case draining
    }

    private static let patience = Duration.seconds(2)
    private static let pause = Duration.seconds(1)

    private let pool: PostgresPool
    private let needsLeader: Bool
    private let phase: Mutex<Phase>
    private var latest: (at: ContinuousClock.Instant, reasons: [UnreadyReason])?
    private var look: Task<[UnreadyReason], Never>?

    /// A process that is ready when the control database of `pool` is.
    ///
    /// - Parameters:
    ///   - needsLeader: whether there must be a scheduler that leads. A scheduler needs one, itself or the one it stands by for; others do their
    ///     work while the lead changes hands.
    ///   - phase: where the process is.
    public init(pool: PostgresPool, needsLeader: Bool = false, phase: Phase = .working) {
        self.pool = pool
        self.needsLeader = needsLeader
        self.phase = Mutex(phase)
    }

    /// The process got further. From draining it never comes back.
    public nonisolated func enter(_ next: Phase) {
        phase.withLock { phase in
            if phase != .draining { phase = next }
        }
    }

    /// Why the process cannot do its work; empty when it can.
    public func reasons() async -> [UnreadyReason] {
        let own: [UnreadyReason] =
            switch phase.withLock({ $0 }) {
            case .draining: [UnreadyReason(code: .drain, message: "the process was asked to stop")]
            case .starting: [UnreadyReason(code: .starting, message: "the process has not begun its work")]
            case .working: []
            }
        return own + (await databaseReasons())
    }

    private func databaseReasons() async -> [UnreadyReason] {
        if let latest, ContinuousClock.now - latest.at < Self.pause { return latest.reasons }
        if let look { return await look.value }
        let look = Task { await Self.ask(pool, needsLeader: needsLeader) }
        self.look = look
        let reasons = await look.value
        latest = (.now, reasons)
        self.look = nil
        return reasons
    }

    private static func ask(_ pool: PostgresPool, needsLeader: Bool) async -> [UnreadyReason] {
        await withTaskGroup(of: [UnreadyReason].self) { group in
            group.addTask { await query(pool, needsLeader: needsLeader) }
            group.addTask {
                try? await Task.sleep(for: patience)
                return [unanswered]
            }
            let first = await group.next() ?? [unanswered]
            group.cancelAll()
            return first
        }
    }

    private static let unanswered = UnreadyReason(
        code: .database, message: "the control database did not answer within \(patience.components.seconds) seconds")

    private static func query(_ pool: PostgresPool, needsLeader: Bool) async -> [UnreadyReason] {
        do {
            let migrator = PostgresMigrator(schema: "sluice", migrations: JobQueue.migrations + CatalogStore.migrations)
            let pending = try await migrator.pending(pool)
            guard pending.isEmpty else {
                let numbers = pending.map(String.init).joined(separator: ", ")
                return [UnreadyReason(code: .migrations, message: "the control database lacks migrations \(numbers): run 'sluice migrate'")]
            }
            guard needsLeader else { return [] }
            let leads = try await JobQueue(pool: pool).liveProcesses().contains { $0.role == "scheduler" && $0.leads }
            return leads ? [] : [UnreadyReason(code: .leader, message: "no scheduler leads")]
        } catch {
            return [unanswered]
        }
    }
}
