/// The directory of `--data` cannot be used; the message says which file or option, and what was expected.
public struct StorageError: Error, CustomStringConvertible, Sendable {
    /// One line for a person.
    public let description: String
}
