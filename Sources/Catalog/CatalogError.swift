import ForeignText

/// Why the catalog refuses.
public struct CatalogError: Error, Sendable, CustomStringConvertible {
    /// The kind of refusal.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name as it appears in messages and API answers.
        public let description: String
        /// What was named does not exist.
        public static let notFound = Code(description: "not_found")
        /// What exists already stands in the way.
        public static let conflict = Code(description: "conflict")
        /// It was asked for too often; see `retryAfter`.
        public static let limited = Code(description: "rate_limited")
        /// A value given is not usable.
        public static let invalid = Code(description: "invalid")
        /// The process's own configuration lacks something that the record names.
        public static let configuration = Code(description: "configuration")
        /// The process's key is not the one that the control database is sealed with.
        public static let wrongKey = Code(description: "wrong_key")
        /// The record itself lacks what was asked for.
        public static let incomplete = Code(description: "incomplete")
        /// The sealed address of a target database does not open, though the process has the right key.
        public static let addressUnreadable = Code(description: "address_unreadable")
        /// Sealed Salesforce credentials do not open, though the process has the right key.
        public static let credentialsUnreadable = Code(description: "credentials_unreadable")
        /// A stored record cannot be read.
        public static let corrupt = Code(description: "corrupt")
    }

    /// The kind of refusal.
    public let code: Code
    /// What a person needs to know.
    public let message: String
    /// When asking again can help; nil where time changes nothing.
    public let retryAfter: Duration?

    /// A refusal.
    public init(code: Code, message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.retryAfter = retryAfter
        self.message = String(foreign: message)
    }

    /// No refusal of the catalog goes away by trying again: something must be changed first.
    public var isRetryable: Bool { false }

    /// The message.
    public var description: String { message }
}
