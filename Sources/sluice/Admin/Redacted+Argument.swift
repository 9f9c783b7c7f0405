public import ArgumentParser
public import Redaction

/// An option whose value nothing repeats.
extension Redacted: ExpressibleByArgument where Value == String {
    /// Takes the value as it is given.
    public init?(argument: String) { self.init(wrappedValue: argument) }

    /// Keeps the value out of the help text.
    public var defaultValueDescription: String { description }
}
