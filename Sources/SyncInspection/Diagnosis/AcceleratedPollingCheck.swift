import Catalog
import Foundation
import SyncJournal

/// Whether mappings that ask for accelerated polling get it.
struct AcceleratedPollingCheck: DiagnosisCheck {
    let name = "Accelerated Polling"

    func findings(_ world: DiagnosisWorld) async throws -> [Finding] {
        let states = try await world.catalog.acceleratedMappings(world.connection.id)
        return world.mappings.filter(\.config.acceleratesPolling).map { mapping in
            AcceleratedPollingRules(
                objectName: mapping.objectName, pollingSeconds: mapping.config.pollingSeconds, isServed: world.connection.state.allowsSync,
                found: states.first { $0.id == mapping.id }
            ).finding
        }
    }
}

/// What the state of one mapping's change events means. A value without I/O.
struct AcceleratedPollingRules: Sendable {
    static let rule = DiagnosisRule("ACCELERATED_POLLING_SHOULD_BE_LIVE", "Accelerated Polling")

    let objectName: String
    let pollingSeconds: Int
    /// Whether the connection syncs at all.
    let isServed: Bool
    /// Nil when the mapping is gone by now.
    let found: AcceleratedMapping?

    var finding: Finding {
        let instead = "changes come by polls, every \(pollingSeconds) seconds"
        switch found?.state {
        case "live": return Self.rule.pass("Change events of \(objectName) are read as they happen", mapping: objectName)
        case "refused":
            return Self.rule.warning(
                "\(found?.description ?? "Salesforce refuses"); \(instead)",
                remedy: "select the object for change data capture, or set sf_notify_enabled to false", mapping: objectName)
        case "resting":
            let next = found?.nextTryAt.map { ", tried again at \($0.formatted(.iso8601))" } ?? ""
            return Self.rule.warning(
                "Change events are not read: \(found?.description ?? "no reason given")\(next); \(instead)",
                remedy: "see to what is named, or wait: they are read again by themselves", mapping: objectName)
        default:
            guard isServed else { return Self.rule.skip("The connection does not sync", mapping: objectName) }
            return Self.rule.warning(
                "No worker reads change events of \(objectName) yet; \(instead)",
                remedy: "see that a worker runs and serves the connection",
                mapping: objectName)
        }
    }
}
