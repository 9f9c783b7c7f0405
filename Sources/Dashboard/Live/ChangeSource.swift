import Catalog
import Foundation
import JobQueue
import WebServer

/// Tells open pages that there is something new to show, without saying what.
///
/// What the journal tells is announced by the database; ends of jobs, progress and states are found by looking, which costs no writer anything. Only
/// connections that somebody looks at are looked at, and what comes together is told once.
struct ChangeSource: FeedSource {
    static let pace = FeedPace(mostFollowers: 500, shortestPause: .milliseconds(500), longestPause: .seconds(2))

    let catalog: CatalogStore
    private var marks: [UUID: String] = [:]

    init(catalog: CatalogStore) { self.catalog = catalog }

    mutating func look(for subjects: [Set<UUID>]) async throws -> (Set<UUID>) -> Void? {
        let wanted = subjects.reduce(into: Set<UUID>()) { $0.formUnion($1) }
        let records = try await catalog.changeMarks(of: Array(wanted))
        let jobs = try await JobQueue(pool: catalog.pool).changeMarks(of: Array(wanted))
        var changed: Set<UUID> = []
        for id in wanted {
            let mark = "\(records[id] ?? "gone") \(jobs[id] ?? "")"
            if let former = marks.updateValue(mark, forKey: id), former != mark { changed.insert(id) }
        }
        return { $0.isDisjoint(with: changed) ? nil : () }
    }
}
