import Catalog
import JobQueue
import Outlets
import SyncJournal

/// Sweeps up what has been kept long enough, a few thousand rows at a time, and jobs that nobody will ever run.
struct Housekeeping: Sendable {
    /// Finished jobs, and the record of fired slots, are kept this long.
    private static let jobRetention = Duration.seconds(7 * 24 * 3600)
    /// Events are kept this long.
    private static let eventRetention = Duration.seconds(30 * 24 * 3600)
    /// Notifications are kept this long, read or not.
    private static let notificationRetention = Duration.seconds(90 * 24 * 3600)
    /// The audit trail, and how many calls each day took, are kept this long.
    private static let auditRetention = Duration.seconds(400 * 24 * 3600)
    /// Answers to questions, which somebody waited for, are kept this long.
    private static let answerRetention = Duration.seconds(24 * 3600)
    /// Of activity, minutes are kept for a day and an hour, and hours for what the longest chart shows and a day.
    private static let minuteRetention = Duration.seconds(25 * 3600)
    private static let hourRetention = Duration.seconds(31 * 24 * 3600)
    /// What outlets were told is kept this long, for people to look at.
    private static let deliveryRetention = Duration.seconds(7 * 24 * 3600)
    /// A job of a kind that no worker knows waits this long for one: a rolling deployment is over by then.
    private static let patience = Duration.seconds(24 * 3600)

    let catalog: CatalogStore
    let context: JobContext

    func run() async throws -> JobOutcome {
        let args: HousekeepingArgs = try context.job.decodeArgs()
        let queue = context.queue
        switch args.task {
        case .prune:
            let planes = try await repeatedly { try await queue.prune(olderThan: Self.jobRetention) }
            let slots = try await repeatedly { try await queue.pruneScheduleRuns(olderThan: Self.jobRetention) }
            let events = try await repeatedly { try await catalog.pruneEvents(olderThan: Self.eventRetention) }
            _ = try await repeatedly { try await catalog.pruneNotifications(olderThan: Self.notificationRetention) }
            _ = try await repeatedly { try await catalog.pruneAudit(olderThan: Self.auditRetention) }
            _ = try await catalog.pruneUsage(olderThan: Self.auditRetention)
            _ = try await repeatedly { try await catalog.pruneLoadPages() }
            let answers = try await catalog.pruneInquiries(olderThan: Self.answerRetention)
            let describes = try await catalog.pruneDescribes(olderThan: Self.eventRetention)
            _ = try await repeatedly { try await catalog.summarizeActivity(olderThan: Self.minuteRetention) }
            _ = try await repeatedly { try await catalog.pruneActivity(olderThan: Self.hourRetention) }
            _ = try await repeatedly { try await catalog.pruneDeliveries(olderThan: Self.deliveryRetention) }
            _ = try await repeatedly { try await catalog.pruneAnswers(olderThan: Self.answerRetention) }
            return .completed(
                "emptied \(planes) planes of finished jobs, removed \(slots) fired slots, \(events) events, \(answers) answers, \(describes) descriptions"
            )
        case .unclaimed:
            let failed = try await repeatedly { try await queue.failUnclaimed(after: Self.patience) }
            return .completed("failed \(failed) jobs of kinds that no worker knows")
        }
    }

    /// Until a pass finds nothing; each is a transaction of its own, so that none holds rows for long.
    private func repeatedly(_ pass: () async throws -> Int) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let removed = try await pass()
            total += removed
            if removed == 0 { return total }
        }
    }
}
