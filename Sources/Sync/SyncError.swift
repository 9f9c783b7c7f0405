import ForeignText

/// Why a step of the sync engine could not be done.
public struct SyncError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String
        /// The mapping asks for what the org or the table does not have: an unknown object or field, a column of another type.
        public static let badConfiguration = Code(description: "bad configuration")
        /// The object that the mapping has read is no longer in the org, or the integration user may no longer see it.
        public static let objectRemoved = Code(description: "object removed")
        /// The connection has no credentials, or Salesforce does not accept them any more.
        public static let unauthorized = Code(description: "unauthorized")
        /// Salesforce's answer or a staged table is not what was promised; the step starts over.
        public static let inconsistent = Code(description: "inconsistent")
        /// A bulk job failed at Salesforce.
        public static let bulkJobFailed = Code(description: "bulk job failed")
        /// The connection or mapping is gone.
        public static let removed = Code(description: "removed")
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

    /// Whether the same step may succeed later with nothing changed.
    public var isRetryable: Bool { code == .inconsistent || code == .bulkJobFailed }

    /// Code and message.
    public var description: String { "\(code): \(message)" }
}
