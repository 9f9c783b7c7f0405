internal import ForeignText
public import HTTPTransport
public import HTTPTypes

/// Why a call came to nothing, and what can help.
public struct SalesforceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Salesforce's own error code, such as `INVALID_FIELD` or `invalid_grant`, or one of ours.
    public struct Code: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
        /// The code as text.
        public let rawValue: String

        /// Wraps a code.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Wraps a code.
        public init(stringLiteral value: String) {
            rawValue = value
        }

        /// The code as text.
        public var description: String { rawValue }

        /// The answer is not the JSON that was expected: a maintenance page, an empty body, a body that breaks off.
        public static let notJSON: Code = "notJSON"
        /// The server could not be reached, or the connection was lost.
        public static let unreachable: Code = "unreachable"
        /// No answer in time.
        public static let timedOut: Code = "timedOut"
        /// The caller cancelled.
        public static let cancelled: Code = "cancelled"
        /// The call was refused before it was sent.
        public static let invalidRequest: Code = "invalidRequest"
        /// An error status without a code of Salesforce's.
        public static let unexpectedStatus: Code = "unexpectedStatus"
    }

    /// Salesforce's own code, or ours.
    public let code: Code
    /// What happened, in Salesforce's words where there are any.
    public let message: String
    /// The fields that Salesforce names.
    public let fields: [String]
    /// The answer's status, if there was an answer.
    public let httpStatus: Int?
    /// What can help.
    public let retry: RetryClass
    /// Method and path of the call.
    public let resource: String
    /// Whether a write may have been done in spite of the error: look before an insert is repeated.
    public let mayHaveBeenApplied: Bool

    /// Makes an error. Whatever was told by the org is cut to what people read.
    public init(
        code: Code,
        message: String,
        fields: [String] = [],
        httpStatus: Int? = nil,
        retry: RetryClass,
        resource: String = "",
        mayHaveBeenApplied: Bool = false
    ) {
        self.code = Code(rawValue: String(foreign: code.rawValue, limit: Self.longestName))
        self.message = String(foreign: message)
        self.fields = Self.names(fields)
        self.httpStatus = httpStatus
        self.retry = retry
        self.resource = String(foreign: resource, limit: 500)
        self.mayHaveBeenApplied = mayHaveBeenApplied
    }

    /// Whether the same call may succeed later without a person's help.
    public var isRetryable: Bool {
        switch retry {
        case .refreshSession, .backOff, .organizationLimit: true
        case .schemaChanged, .needsAuthorization, .versionRetired, .never: false
        }
    }

    /// One line for logs and people.
    public var description: String {
        var text = "\(code)"
        if let httpStatus { text += " (HTTP \(httpStatus))" }
        text += ": " + message
        if !fields.isEmpty { text += " [" + fields.joined(separator: ", ") + "]" }
        return String(foreign: resource.isEmpty ? text : text + " – " + resource)
    }

    /// Salesforce's own codes and API names have at most a hundred characters or so.
    static let longestName = 200
    private static let mostNames = 50

    /// The names of fields in an error.
    static func names(_ fields: [String]) -> [String] {
        fields.prefix(mostNames).map { String(foreign: $0, limit: longestName) }
    }

    static func invalidRequest(_ message: String) -> SalesforceError {
        SalesforceError(code: .invalidRequest, message: message, retry: .never)
    }

    /// A transport's failure in this module's terms.
    public init(_ error: HTTPTransportError, method: HTTPRequest.Method) {
        let code: Code
        let retry: RetryClass
        switch error.code {
        case .timedOut: (code, retry) = (.timedOut, .backOff)
        case .cancelled: (code, retry) = (.cancelled, .never)
        case .malformedURL, .malformedRequest: (code, retry) = (.invalidRequest, .never)
        case .bodyTooLarge: (code, retry) = (.notJSON, .never)
        // A certificate that expires and is renewed is the usual case, and it passes.
        default: (code, retry) = (.unreachable, .backOff)
        }
        self.init(
            code: code,
            message: "\(error.code): \(error.message)",
            retry: retry,
            resource: "\(method.rawValue) \(error.url)",
            mayHaveBeenApplied: error.mayHaveReachedServer
        )
    }
}
