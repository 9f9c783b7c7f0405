import Catalog
import Foundation
import SyncJournal
import WebServer

/// Hands the events of the journal to everybody who follows a connection's.
struct JournalSource: FeedSource {
    static let pace = FeedPace(mostFollowers: 200, shortestPause: .milliseconds(200), longestPause: .seconds(5))
    /// Numbers are drawn before events are visible: how long one may take from the one to the other.
    private static let settling = Duration.seconds(10)
    private static let mostAtOnce = 1000

    private let catalog: CatalogStore
    private var window: EventWindow

    /// What comes after the newest event.
    ///
    /// - Throws: `PostgresError`.
    init(catalog: CatalogStore) async throws {
        self.catalog = catalog
        window = EventWindow(floor: try await catalog.newestEvent(), settling: Self.settling)
    }

    mutating func look(for subjects: [UUID]) async throws -> (UUID) -> [Event]? {
        var new: [Event] = []
        while true {
            let events: [Event]
            do {
                events = try await catalog.events(after: window.floor, limit: Self.mostAtOnce)
            } catch  where !new.isEmpty {
                // What was taken is told now; the rest comes with the next look.
                break
            }
            new += window.take(events, at: .now)
            if events.count < Self.mostAtOnce { break }
            window.raise(to: events[events.count - 1].id)
        }
        let lanes = Dictionary(grouping: new, by: \.connectionID)
        return { lanes[$0] }
    }
}
