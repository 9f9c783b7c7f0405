import Catalog
import Foundation

/// Whether the connection and its mappings go on, and keep up.
struct SyncStateCheck: DiagnosisCheck {
    let name = "Sync"

    func findings(_ world: DiagnosisWorld) async throws -> [Finding] {
        let rules = SyncStateRules()
        let now = Date()
        return (world.isWhole ? [rules.finding(world.connection)] : [])
            + world.mappings.flatMap { rules.findings($0, of: world.connection, now: now) }
    }
}
