import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import WebServer

/// One client that follows the log of a connection, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct LogStream: Sendable {
    /// How many missed lines a client that comes again is told at most.
    private static let mostMissed = 1000
    /// A line of comment keeps proxies from closing a quiet stream.
    private static let pause = Duration.seconds(15)
    /// After this the client comes again by itself, and is asked again who it is.
    private static let longest = Duration.seconds(900)

    private let follower: EventFeed.Follower
    private let missed: [Event]
    private let isGap: Bool
    private let filter: EventFilter

    /// Begins to follow, so that nothing is missed between what was missed before and what comes.
    ///
    /// - Throws: `APIError` when too many follow already; `PostgresError`.
    init(feed: EventFeed, catalog: CatalogStore, connection: UUID, filter: EventFilter, after: Int64?) async throws {
        self.filter = filter
        follower = try await feed.follow(connection)
        guard let after else {
            missed = []
            isGap = false
            return
        }
        let events = try await catalog.events(after: after, connection: connection, limit: Self.mostMissed + 1)
        isGap = events.count > Self.mostMissed
        missed = events.prefix(Self.mostMissed).filter { filter.allows($0) }
    }

    var response: Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { [self] writer in
                try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                if isGap { try await writer.write(ByteBuffer(string: "event: gap\ndata: {}\n\n")) }
                for event in missed { try await writer.write(Self.text(event)) }
                let told = Set(missed.map(\.id))
                let end = ContinuousClock.now + Self.longest
                for await batch in follower.batches(pause: Self.pause) {
                    let lines = batch.events.filter { !told.contains($0.id) && filter.allows($0) }
                    var buffer = ByteBuffer()
                    if batch.hasGap { buffer.writeString("event: gap\ndata: {}\n\n") }
                    for event in lines { buffer.writeImmutableBuffer(Self.text(event)) }
                    if batch.events.isEmpty { buffer.writeString(": waiting\n\n") }
                    if buffer.readableBytes > 0 { try await writer.write(buffer) }
                    if ContinuousClock.now > end { break }
                }
                try await writer.finish(nil)
            })
    }

    private static func text(_ event: Event) -> ByteBuffer {
        ByteBuffer(string: "id: \(event.id)\nevent: log\ndata: \(EventDocument(event: event).value.text)\n\n")
    }
}

extension HTTPField.Name {
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
    static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
