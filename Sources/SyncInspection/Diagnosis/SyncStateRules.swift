import Catalog
import Foundation

/// What the records of a connection and its mappings say of the sync itself: whether it goes on, and whether it keeps up. A value without I/O.
struct SyncStateRules: Sendable {
    static let state = DiagnosisRule("CONNECTION_MUST_WORK", "Connection State")
    static let mappingState = DiagnosisRule("MAPPING_MUST_WORK", "Mapping State")
    static let lag = DiagnosisRule("POLLS_SHOULD_KEEP_UP", "Poll Lag")

    /// A poll may be late by its interval, and by this many seconds more.
    var grace: Double = 300
    /// So many intervals late is an outage.
    var errorIntervals: Double = 10

    func finding(_ connection: Connection) -> Finding {
        let name = "\(connection.state.rawValue) (\(connection.state.label))"
        let reason = connection.stateDescription.map { ": \($0)" } ?? ""
        switch connection.state {
        case .paused: return Self.state.skip("The connection is \(name): nothing is read or written until it is resumed")
        case .new, .needAuthentication:
            return Self.state.error(
                "The connection is \(name)\(reason)",
                remedy: "authorize it at Salesforce: heroku connect:sf:auth, or sluice connection authorize")
        case let state where state.isError:
            return Self.state.error("The connection is \(name)\(reason)", remedy: "mend what it says, then recover the connection")
        default:
            return connection.stateDescription == nil
                ? Self.state.pass("The connection is \(name)")
                : Self.state.warning("The connection is \(name)\(reason)", remedy: "see to what it says; it is tried again by itself")
        }
    }

    func findings(_ mapping: Mapping, of connection: Connection, now: Date) -> [Finding] {
        [state(mapping), lag(mapping, of: connection, now: now)]
    }

    private func state(_ mapping: Mapping) -> Finding {
        let text = "The mapping is \(mapping.state.rawValue)\(mapping.stateDescription.map { ": \($0)" } ?? "")"
        return mapping.state.isError
            ? Self.mappingState.error(text, remedy: "mend what it says, then reload the mapping", mapping: mapping.objectName)
            : Self.mappingState.pass(text, mapping: mapping.objectName)
    }

    private func lag(_ mapping: Mapping, of connection: Connection, now: Date) -> Finding {
        guard connection.state.allowsSync else {
            return Self.lag.skip("Nothing is polled while the connection is \(connection.state.rawValue)", mapping: mapping.objectName)
        }
        guard let polled = mapping.sfPolledAt else { return Self.lag.skip("The mapping was not polled yet", mapping: mapping.objectName) }
        let interval = Double(mapping.config.pollingSeconds)
        let late = now.timeIntervalSince(polled) - interval
        return Self.lag.judge(
            late, warnFrom: interval + grace, failFrom: errorIntervals * interval + grace,
            "The last poll was \(Int(max(now.timeIntervalSince(polled), 0))) s ago; one is due every \(Int(interval)) s",
            remedy:
                "see that the scheduler and enough workers run (sluice status), and whether a job of the mapping waits or fails (sluice job list)",
            mapping: mapping.objectName)
    }
}
