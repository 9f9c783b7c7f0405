/// A value that may be used and compared, but that no text made of it shows: not its description, nor that of a type that holds it, nor `dump`.
///
///     struct Key { @Redacted var bytes: [UInt8] }
///     print(Key(bytes: [1, 2]))  // Key(_bytes: (redacted))
@propertyWrapper
public struct Redacted<Value> {
    /// The value itself. It must not reach a log line, an error or a page.
    public var wrappedValue: Value

    /// Wraps a value.
    public init(wrappedValue: Value) {
        self.wrappedValue = wrappedValue
    }
}

extension Redacted: Sendable where Value: Sendable {}
extension Redacted: Equatable where Value: Equatable {}
extension Redacted: Hashable where Value: Hashable {}

extension Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// That there is something.
    public var description: String { "(redacted)" }

    /// The same: containers describe what they hold by this.
    public var debugDescription: String { description }

    /// Nothing within.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
