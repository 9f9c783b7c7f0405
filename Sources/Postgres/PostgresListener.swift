import CLibpq
import Foundation
public import Logging
import Synchronization

/// What a listener tells its consumer.
public enum PostgresListenerEvent: Sendable, Equatable {
    /// LISTEN is in force from now on; notifications before this moment may have been missed, so look for yourself once.
    case listening
    /// The session is gone; notifications are missed until LISTEN is in force again.
    case lost
    /// A notification arrived.
    case notification(channel: String, payload: String)
}

/// Keeps LISTEN alive on a connection and thread of its own, through outages. Notifications are hints: consumers poll beneath them.
public final class PostgresListener: Sendable {
    /// Events in order; bounded, dropping the oldest, since a hint missed is found by polling.
    public let events: AsyncStream<PostgresListenerEvent>
    private let continuation: AsyncStream<PostgresListenerEvent>.Continuation
    private let interrupt: PostgresInterrupt
    private let isStopped = Atomic<Bool>(false)
    private let listens = Atomic<Bool>(false)
    private let configuration: PostgresConfiguration
    private let channels: [String]
    private let logger: Logger

    /// Starts listening.
    ///
    /// - Throws: `PostgresError` when the process has no file descriptors left; an unreachable server is retried, not thrown.
    public init(configuration: PostgresConfiguration, channels: [String], logger: Logger) throws {
        var configuration = configuration
        configuration.applicationName += " listener"
        self.configuration = configuration
        self.channels = channels
        self.logger = logger
        interrupt = try PostgresInterrupt()
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1024))
        let thread = Thread { self.run() }
        thread.name = "pg-listen"
        thread.start()
    }

    /// Whether LISTEN is in force.
    public var isListening: Bool { listens.load(ordering: .acquiring) }

    /// Ends the thread and the stream.
    public func stop() {
        isStopped.store(true, ordering: .releasing)
        interrupt.raise()
    }

    private func run() {
        var pause = Duration.milliseconds(100)
        while !isStopped.load(ordering: .acquiring) {
            do {
                let session = try PostgresSession.open(configuration, interrupt: interrupt)
                for channel in channels { try session.run("LISTEN \(identifier: channel)") }
                if session.isPooled, try PostgresPooling.of(session, interrupt: interrupt) == .transaction {
                    waitForAnotherWay()
                    continue
                }
                listens.store(true, ordering: .releasing)
                continuation.yield(.listening)
                pause = .milliseconds(100)
                try follow(session)
            } catch {
                if listens.exchange(false, ordering: .acquiringAndReleasing) { continuation.yield(.lost) }
                guard !isStopped.load(ordering: .acquiring) else { break }
                logger.warning("LISTEN lost, connecting again", metadata: ["error": "\(error)"])
                // The interrupt doubles as the wake-up of this pause: no socket (-1 is ignored by poll), only the pipe.
                _ = interrupt.wait(socket: -1, events: 0, until: .now + pause)
                pause = min(pause * 2, .seconds(5))
            }
        }
        listens.store(false, ordering: .releasing)
        continuation.finish()
    }

    /// Behind a pooler that gives sessions by transaction nobody hears LISTEN; it is looked at again now and then, since poolers are moved.
    private func waitForAnotherWay() {
        if listens.exchange(false, ordering: .acquiringAndReleasing) { continuation.yield(.lost) }
        logger.warning(
            "LISTEN is dead behind a pooler in transaction mode: what is announced is found by polling only",
            metadata: ["server": "\(configuration.displayName)"])
        _ = interrupt.wait(socket: -1, events: 0, until: .now + Self.pauseBehindPooler)
    }

    private static let pauseBehindPooler = Duration.seconds(300)

    /// Delivers notifications until stopped; asks the server for a sign of life when it is quiet, because a dead peer says nothing.
    private func follow(_ session: PostgresSession) throws {
        while !isStopped.load(ordering: .acquiring) {
            while let notification = PQnotifies(session.pointer) {
                continuation.yield(
                    .notification(
                        channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra)))
                PQfreemem(notification)
            }
            switch interrupt.wait(socket: PQsocket(session.pointer), events: POLLIN, until: .now + .seconds(20)) {
            case .socket: guard PQconsumeInput(session.pointer) == 1 else { throw session.lost() }
            case .deadline: try session.run("SELECT 1", timeout: .seconds(5))
            case .interrupt: return
            }
        }
    }
}
