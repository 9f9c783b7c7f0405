import Catalog
import Foundation
import Sync

extension SyncHandlers {
    /// Whether a poll is not made because the mapping's calls of today are spent: the mapping says so and is polled again when they are not. What
    /// a person asks for is made all the same.
    func rests(_ mapping: Mapping, _ args: PollArgs) async throws -> Bool {
        guard !args.isAskedFor, let budget = try await budgets(of: [mapping])[mapping.id], budget.isSpent else {
            return false
        }
        let trouble = MappingTrouble(
            source: .poll, state: nil, reason: budget.reason, cause: "sf_max_daily_api_calls is spent", attempt: MappingTrouble.manyAttempts
        )
        try await catalog.record(trouble, of: mapping.id)
        let pause = max(1, budget.renewsAt.timeIntervalSince(Date()).rounded(.up))
        try await catalog.updateMapping(mapping.id, MappingUpdate(nextPoll: .after(.seconds(pause))))
        return true
    }
}
