import Catalog
import Foundation
import Logging

// The calls to Salesforce of a day. A process gathers those that it makes, and writes them down with its beat: a poll that finds nothing writes nothing
// of them. A process that is killed takes those of a beat with it; one that ends in peace, or whose database is away for a while, none.
extension SyncHandlers {
    /// How often calls are written down: as often as a worker says that it lives.
    public static let callsBeat = Duration.seconds(5)

    /// Writes calls down with every beat, until the task is cancelled.
    public func keepCalls(every beat: Duration = callsBeat) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: beat)
            if !Task.isCancelled { await settleCalls() }
        }
    }

    /// What cannot be written now is with the next beat.
    ///
    /// - Parameter patience: how long each statement may take.
    public func settleCalls(within patience: Duration = .seconds(5)) async {
        let calls = await clients.takeCalls()
        do {
            try await catalog.recordCalls(calls, timeout: patience)
        } catch {
            await clients.putBack(calls)
            logger.debug("Calls to Salesforce were not written down, and are with the next beat", metadata: ["error": "\(error)"])
        }
    }

    /// What is left of mappings' calls of today. Near its end this process's own are written down first; those of others are at most a beat old.
    func budgets(of mappings: [Mapping]) async throws -> [UUID: CallBudget] {
        let budgets = try await catalog.callBudgets(of: mappings)
        guard budgets.values.contains(where: \.isNearlySpent) else { return budgets }
        await settleCalls()
        return try await catalog.callBudgets(of: mappings)
    }
}
