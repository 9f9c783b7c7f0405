import Catalog
import Foundation
import JobQueue
import Salesforce
import Sync

extension SyncHandlers {
    /// Looks at many mappings at once. What fails here is told by the polls that each of them gets then.
    var packedPollHandler: JobHandler {
        JobHandler(kind: JobKind.pollMany.rawValue) { context in
            let args: PollManyArgs = try context.job.decodeArgs()
            guard let connectionID = context.job.connectionID, let connection = try await catalog.connection(connectionID)
            else { return .completed("the connection was removed") }
            guard connection.state.allowsSync else { return .completed("skipped: the connection is \(connection.state.rawValue)") }
            let wanted = Set(args.mappings)
            let mappings = try await catalog.mappings(connectionID).filter { wanted.contains($0.id) }
            let budgets = try await budgets(of: mappings)
            // Whose calls of the day are spent rests by a poll of its own, which says so.
            let spent = mappings.filter { budgets[$0.id]?.isSpent == true }
            do {
                return try await PackedPollStep(
                    scope: try await scope(connection, context), mappings: mappings, resting: Set(spent.map(\.id))
                ).run()
            } catch {
                try SyncFailures.passOn(error)
                _ = try await queue.enqueue(mappings.map { try .poll($0) })
                return .completed("each is polled by itself: \(Failure(error).reason)")
            }
        }
    }
}
