import SandboxData
import SandboxQuery
import SandboxStore

/// What a subscription names.
enum StreamChannel: Sendable {
    /// `/data/ChangeEvents`: everything that is selected.
    case allChanges
    /// `/data/AccountChangeEvent`
    case changes(of: String)
    /// `/topic/Name`
    case topic(String)

    /// Nil when there is no such channel.
    init?(_ name: String, org: Org) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isEmpty else { return nil }
        switch parts[1] {
        case "data" where parts[2] == "ChangeEvents": self = .allChanges
        case "data":
            guard let object = org.schema.objects.first(where: { $0.changeEventName == parts[2] && $0.hasChangeEvents }) else { return nil }
            self = .changes(of: object.name)
        case "topic":
            guard org.hasPushTopic(String(parts[2])) else { return nil }
            self = .topic(String(parts[2]))
        default: return nil
        }
    }

    func carries(_ event: StreamEvent, settings: StreamingSettings) -> Bool {
        if case .topic(let told) = event.content {
            if case .topic(let name) = self { return told.topic == name }
            return false
        }
        guard let object = event.object, settings.selects(object) else { return false }
        switch self {
        case .allChanges: return true
        case .changes(let name): return object.name == name
        case .topic: return false
        }
    }
}
