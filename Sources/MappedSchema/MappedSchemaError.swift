import ForeignText

/// Why a mapped schema cannot be worked on.
public struct MappedSchemaError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String
        /// A table or a right is not as the mapping needs it: a column of another type, a schema that the role may not make.
        public static let badConfiguration = Code(description: "bad configuration")
        /// The mapped schema belongs to another connection, or holds the records of another org.
        public static let foreignSchema = Code(description: "foreign schema")
        /// Somebody else changed the same in the same moment; the same works again.
        public static let inconsistent = Code(description: "inconsistent")
    }

    /// The kind of failure.
    public let code: Code
    /// What is wrong and what was expected.
    public let message: String

    /// An error with its message.
    public init(code: Code, message: String) {
        self.code = code
        self.message = String(foreign: message)
    }

    /// Whether the same may succeed later with nothing changed.
    public var isRetryable: Bool { code == .inconsistent }

    /// Code and message.
    public var description: String { "\(code): \(message)" }
}
