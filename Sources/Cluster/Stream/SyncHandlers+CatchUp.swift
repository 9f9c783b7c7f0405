import Catalog
import JobQueue
import Salesforce
import Sync
import SyncJournal

extension SyncHandlers {
    /// Reads what change events told of. What fails here is no trouble of the mapping's: a poll meets the same, and says so.
    var catchUpHandler: JobHandler {
        JobHandler(kind: JobKind.catchUp.rawValue) { context in
            guard let mappingID = context.job.mappingID, let mapping = try await catalog.mapping(mappingID),
                let connection = try await catalog.connection(mapping.connectionID)
            else { return .completed("the mapping was removed") }
            guard connection.state.allowsSync else { return .completed("skipped: the connection is \(connection.state.rawValue)") }
            if try await budgets(of: [mapping])[mapping.id]?.isSpent == true {
                try await catalog.leaveStreamChangesToPoll(mapping)
                return .completed("left to a poll: its calls of today are spent")
            }
            do {
                return try await CallMeter.$mapping.withValue(mapping.id) {
                    try await CatchUpStep(scope: try await scope(connection, context), mapping: mapping).run()
                }
            } catch {
                try SyncFailures.passOn(error)
                let failure = Failure(error)
                guard failure.isRetryable, context.job.attempt < context.job.maxAttempts else {
                    try await catalog.leaveStreamChangesToPoll(mapping)
                    throw JobFailure.permanent("left to a poll: \(failure.reason)")
                }
                throw JobFailure.retry(after: JobQueue.backoff(afterAttempt: context.job.attempt), failure.reason)
            }
        }
    }
}
