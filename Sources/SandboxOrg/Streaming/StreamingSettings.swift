/// What an administrator or a test sets about streaming.
struct StreamingSettings: Sendable {
    /// Lower-cased names of the objects that are selected for change data capture; nil for all.
    var objects: Set<String>?
    /// CometD clients at a time.
    var maximumClients = 1000
    /// Events delivered before subscribers are refused; nil for no limit.
    var dailyEvents: Int?
    /// Equal changes of one transaction come as one event with several record ids, as a real org sends them.
    var mergesEqualChanges = true

    func selects(_ object: ObjectSchema) -> Bool { object.hasChangeEvents && (objects?.contains(object.name.lowercased()) ?? true) }
}
