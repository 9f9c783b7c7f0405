import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import SyncJournal
import WebServer

/// One client that follows the log of a connection.
struct LogStream: Sendable {
    /// How many missed lines a client that comes again is told at most.
    private static let mostMissed = 1000

    private let beats: AsyncStream<FeedBeat<[Event]>>
    private let missed: [Event]
    private let isGap: Bool
    private let filter: EventFilter

    /// Begins to follow, so that nothing is missed between what was missed before and what comes.
    ///
    /// - Throws: `APIError` when too many follow already; `PostgresError`.
    init(feed: LiveFeed<JournalSource>, catalog: CatalogStore, connection: UUID, filter: EventFilter, after: Int64?) async throws {
        self.filter = filter
        beats = try await feed.follow(connection)
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
        let told = Set(missed.map(\.id))
        return EventStream(beats, opening: Self.text(missed, hasGap: isGap)) { [filter] beat in
            Self.text((beat.news ?? []).filter { !told.contains($0.id) && filter.allows($0) }, hasGap: beat.hasGap)
        }.response
    }

    private static func text(_ events: [Event], hasGap: Bool) -> String {
        (hasGap ? "event: gap\ndata: {}\n\n" : "")
            + events.map { "id: \($0.id)\nevent: log\ndata: \(EventDocument(event: $0).value.text)\n\n" }.joined()
    }
}

extension HTTPField.Name {
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
