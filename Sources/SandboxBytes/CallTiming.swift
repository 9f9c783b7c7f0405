/// How long calls take of themselves, and how long they wait for each other.
package struct CallTiming: Sendable, Equatable {
    /// Of every call.
    package var call = Duration.zero
    /// And of every record that it returns or writes.
    package var record = Duration.zero
    /// For a record that another call holds; ten seconds in a real org.
    package var lockWait = Duration.seconds(10)

    package init() {}

    package var isInstant: Bool { call == .zero && record == .zero }
}
