import SandboxData

/// What an administrator or a test sets about streaming.
package struct StreamingSettings: Sendable {
    /// Lower-cased names of the objects that are selected for change data capture; nil for all.
    package var objects: Set<String>?
    /// CometD clients at a time.
    package var maximumClients = 1000
    /// Events delivered before subscribers are refused; nil for no limit.
    package var dailyEvents: Int?
    /// Equal changes of one transaction come as one event with several record ids, as a real org sends them.
    package var mergesEqualChanges = true

    package init(objects: Set<String>? = nil, maximumClients: Int = 1000, dailyEvents: Int? = nil, mergesEqualChanges: Bool = true) {
        self.objects = objects
        self.maximumClients = maximumClients
        self.dailyEvents = dailyEvents
        self.mergesEqualChanges = mergesEqualChanges
    }

    func selects(_ object: ObjectSchema) -> Bool { object.hasChangeEvents && (objects?.contains(object.name.lowercased()) ?? true) }
}
