import Catalog
import Foundation
import HTTPTypes
import Logging
import Postgres
import WebServer

/// Hands the events of the journal to everybody who follows it: one LISTEN and one look for the whole process, however many follow. Announcements
/// that come together are one look.
actor EventFeed {
    /// What came since the last time; nothing when only a while has passed.
    struct Batch: Sendable {
        var events: [Event] = []
        /// Whether something was left out, because it came faster than the client took it.
        var hasGap = false
    }

    /// Somebody who follows one connection.
    struct Follower: Sendable {
        fileprivate let stream: AsyncStream<Batch>

        /// What comes; an empty batch after each pause in which nothing came.
        func batches(pause: Duration) -> AsyncStream<Batch> {
            let (batches, continuation) = AsyncStream.makeStream(of: Batch.self, bufferingPolicy: .bufferingNewest(64))
            let relay = Task { [stream] in
                for await batch in stream { continuation.yield(batch) }
                continuation.finish()
            }
            let clock = Task {
                while (try? await Task.sleep(for: pause)) != nil { continuation.yield(Batch()) }
            }
            continuation.onTermination = { _ in
                relay.cancel()
                clock.cancel()
            }
            return batches
        }
    }

    private struct Seat {
        let connection: UUID
        let continuation: AsyncStream<Batch>.Continuation
        var hasGap = false
    }

    /// Streams at a time; each holds a connection of the server.
    private static let mostFollowers = 200
    /// Announcements within this time are one look.
    private static let shortestPause = Duration.milliseconds(200)
    /// Announcements are hints: the journal is looked at this often without one.
    private static let longestPause = Duration.seconds(5)
    /// Numbers are drawn before events are visible: how long one may take from the one to the other.
    private static let settling = Duration.seconds(10)
    private static let mostAtOnce = 1000

    private let catalog: CatalogStore
    private let logger: Logger
    private var seats: [UUID: Seat] = [:]
    private var runs: Task<Void, Never>?

    init(catalog: CatalogStore, logger: Logger) {
        self.catalog = catalog
        self.logger = logger
    }

    /// Begins to follow a connection, until the stream is dropped.
    ///
    /// - Throws: `APIError` when too many follow already; `PostgresError` when the journal cannot be read.
    func follow(_ connection: UUID) async throws -> Follower {
        guard seats.count < Self.mostFollowers else {
            throw APIError(
                status: .serviceUnavailable, code: "too_many_streams",
                message: "\(Self.mostFollowers) clients follow logs already; try again later")
        }
        if runs == nil {
            let newest = try await catalog.newestEvent()
            // Somebody else may have come meanwhile.
            if runs == nil { runs = Task { await run(after: newest) } }
        }
        let id = UUID()
        let (stream, continuation) = AsyncStream.makeStream(of: Batch.self, bufferingPolicy: .bufferingOldest(256))
        continuation.onTermination = { _ in Task { await self.leave(id) } }
        seats[id] = Seat(connection: connection, continuation: continuation)
        return Follower(stream: stream)
    }

    /// Ends all streams.
    func close() {
        runs?.cancel()
        runs = nil
        for seat in seats.values { seat.continuation.finish() }
        seats = [:]
    }

    private func leave(_ id: UUID) {
        seats[id] = nil
        guard seats.isEmpty else { return }
        runs?.cancel()
        runs = nil
    }

    private func run(after newest: Int64) async {
        let (signals, listener) = listen()
        defer { listener?.stop() }
        var window = EventWindow(floor: newest, settling: Self.settling)
        for await _ in signals {
            guard !Task.isCancelled else { break }
            do {
                while true {
                    let events = try await catalog.events(after: window.floor, limit: Self.mostAtOnce)
                    deliver(window.take(events, at: .now))
                    if events.count < Self.mostAtOnce { break }
                    window.raise(to: events[events.count - 1].id)
                }
            } catch {
                logger.warning("The journal cannot be read for who follows it, trying again", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.shortestPause)
        }
    }

    /// Announcements and the clock; what comes while nobody looks is one.
    private func listen() -> (AsyncStream<Void>, PostgresListener?) {
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listener: PostgresListener?
        do {
            listener = try PostgresListener(
                configuration: catalog.pool.configuration, channels: [CatalogStore.eventChannel], logger: logger)
        } catch {
            listener = nil
            logger.warning("LISTEN on the journal is not possible, looking now and then", metadata: ["error": "\(error)"])
        }
        let relay = listener.map { listener in
            Task {
                for await event in listener.events where event != .lost { continuation.yield() }
            }
        }
        let clock = Task {
            while (try? await Task.sleep(for: Self.longestPause)) != nil { continuation.yield() }
        }
        continuation.onTermination = { _ in
            relay?.cancel()
            clock.cancel()
        }
        return (signals, listener)
    }

    private func deliver(_ events: [Event]) {
        guard !events.isEmpty else { return }
        let lanes = Dictionary(grouping: events, by: \.connectionID)
        for (id, seat) in seats {
            guard let mine = lanes[seat.connection] else { continue }
            if case .dropped = seat.continuation.yield(Batch(events: mine, hasGap: seat.hasGap)) {
                seats[id]?.hasGap = true
            } else {
                seats[id]?.hasGap = false
            }
        }
    }
}
