/// What a subscription names.
enum StreamChannel: Sendable {
    /// `/data/ChangeEvents`: everything that is selected.
    case allChanges
    /// `/data/AccountChangeEvent`
    case changes(of: String)

    /// Nil when there is no such channel.
    init?(_ name: String, schema: OrgSchema) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isEmpty else { return nil }
        switch parts[1] {
        case "data" where parts[2] == "ChangeEvents": self = .allChanges
        case "data":
            guard let object = schema.objects.first(where: { $0.changeEventName == parts[2] && $0.hasChangeEvents }) else { return nil }
            self = .changes(of: object.name)
        default: return nil
        }
    }

    func carries(_ event: StreamEvent, settings: StreamingSettings) -> Bool {
        switch self {
        case .allChanges: settings.selects(event.object)
        case .changes(let name): event.object.name == name && settings.selects(event.object)
        }
    }
}
