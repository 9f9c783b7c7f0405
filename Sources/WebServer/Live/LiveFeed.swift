package import Catalog
import Foundation
import HTTPTypes
package import Logging
import Postgres

/// What a feed looks at. One is made each time that somebody begins to follow while nobody does.
package protocol FeedSource: Sendable {
    /// What somebody follows.
    associatedtype Subject: Sendable
    /// What he is told.
    associatedtype News: Sendable

    /// Looks once for all who follow.
    ///
    /// - Returns: what is new since the last look, by subject.
    mutating func look(for subjects: [Subject]) async throws -> (Subject) -> News?
}

/// What somebody who follows is told: what came, or only that the stream still stands.
package struct FeedBeat<News: Sendable>: Sendable {
    package let news: News?
    /// Whether something was left out before it, because it came faster than it was taken.
    package let hasGap: Bool
}

/// How often a feed looks, and for how many.
package struct FeedPace: Sendable {
    /// Followers at a time; each holds a connection of the server.
    let mostFollowers: Int
    /// Announcements within this time are one look.
    let shortestPause: Duration
    /// Announcements are hints: the feed looks this often without one.
    let longestPause: Duration

    package init(mostFollowers: Int, shortestPause: Duration, longestPause: Duration) {
        self.mostFollowers = mostFollowers
        self.shortestPause = shortestPause
        self.longestPause = longestPause
    }
}

/// Tells everybody who follows something what is new: one LISTEN on the journal and one look for the whole process, however many follow.
package actor LiveFeed<Source: FeedSource> {
    private struct Seat {
        let subject: Source.Subject
        let continuation: AsyncStream<FeedBeat<Source.News>>.Continuation
        var hasGap = false
        var toldAt = ContinuousClock.now
    }

    /// Whoever hears nothing for so long is told that the stream still stands, which keeps proxies from closing it.
    private static var longestSilence: Duration { .seconds(15) }
    /// What waits for one follower at most.
    private static var mostWaiting: Int { 64 }

    private let catalog: CatalogStore
    private let pace: FeedPace
    private let logger: Logger
    private let begin: @Sendable () async throws -> Source
    private var seats: [UUID: Seat] = [:]
    private var runs: Task<Void, Never>?

    /// - Parameter begin: makes a source that tells what happens from then on.
    package init(
        catalog: CatalogStore, pace: FeedPace, logger: Logger, begin: @escaping @Sendable () async throws -> Source
    ) {
        self.catalog = catalog
        self.pace = pace
        self.logger = logger
        self.begin = begin
    }

    /// Begins to follow, until the stream is dropped.
    ///
    /// - Throws: `APIError` when too many follow already; what the source cannot begin with.
    package func follow(_ subject: Source.Subject) async throws -> AsyncStream<FeedBeat<Source.News>> {
        guard seats.count < pace.mostFollowers else {
            throw APIError(
                status: .serviceUnavailable, code: "too_many_streams",
                message: "\(pace.mostFollowers) streams are open already; try again later")
        }
        if runs == nil {
            let source = try await begin()
            // Somebody else may have come meanwhile.
            if runs == nil { runs = Task { await run(source) } }
        }
        let id = UUID()
        let (stream, continuation) = AsyncStream.makeStream(
            of: FeedBeat<Source.News>.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        continuation.onTermination = { _ in Task { await self.leave(id) } }
        seats[id] = Seat(subject: subject, continuation: continuation)
        return stream
    }

    /// Ends all streams.
    package func close() {
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

    private func run(_ begun: Source) async {
        var source = begun
        let (signals, listener) = listen()
        defer { listener?.stop() }
        for await _ in signals {
            guard !Task.isCancelled else { break }
            do {
                tell(try await source.look(for: seats.values.map(\.subject)))
            } catch {
                logger.warning("What is new cannot be told to who follows it, trying again", metadata: ["error": "\(error)"])
                tell { _ in nil }
            }
            try? await Task.sleep(for: pace.shortestPause)
        }
    }

    private func tell(_ news: (Source.Subject) -> Source.News?) {
        let now = ContinuousClock.now
        for (id, seat) in seats {
            let mine = news(seat.subject)
            guard mine != nil || now - seat.toldAt >= Self.longestSilence else { continue }
            seats[id]?.toldAt = now
            if case .dropped = seat.continuation.yield(FeedBeat(news: mine, hasGap: seat.hasGap)) {
                seats[id]?.hasGap = seat.hasGap || mine != nil
            } else {
                seats[id]?.hasGap = false
            }
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
            Task { for await event in listener.events where event != .lost { continuation.yield() } }
        }
        let clock = Task { [pause = pace.longestPause] in
            while (try? await Task.sleep(for: pause)) != nil { continuation.yield() }
        }
        continuation.onTermination = { _ in
            relay?.cancel()
            clock.cancel()
        }
        return (signals, listener)
    }
}
