/// Where a text stops being JSON.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong at the place.
    public let message: String
    /// Line, counted from 1.
    public let line: Int
    /// Byte within the line, counted from 1.
    public let column: Int

    /// Place and reason.
    public var description: String { "\(message) at line \(line), column \(column)" }
}
