internal import ForeignText

/// Why a transfer came to nothing. An answer with an error status is not one of these: it is an answer.
public struct HTTPTransportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure; new kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// One of the request's three clocks ran out.
        public static let timedOut = Code("timedOut")
        /// The server, or the proxy, refused or could not be reached.
        public static let couldNotConnect = Code("couldNotConnect")
        /// The address that the host's name stands for may not be connected to; see `AddressPolicy`.
        public static let addressRefused = Code("addressRefused")
        /// A mail server does not take the name or the password.
        public static let signInRefused = Code("signInRefused")
        /// The host's name is not known.
        public static let couldNotResolve = Code("couldNotResolve")
        /// The connection ended in the middle of the request or the answer.
        public static let connectionLost = Code("connectionLost")
        /// The server closed the connection without a word.
        public static let emptyReply = Code("emptyReply")
        /// The TLS handshake or the certificate failed.
        public static let tls = Code("tls")
        /// The task or the owner of the transfer cancelled it, or the client was shut down.
        public static let cancelled = Code("cancelled")
        /// The body was larger than the caller allows.
        public static let bodyTooLarge = Code("bodyTooLarge")
        /// The URL is not an absolute http or https URL.
        public static let malformedURL = Code("malformedURL")
        /// A method or header that cannot be sent.
        public static let malformedRequest = Code("malformedRequest")
        /// What came back is not HTTP, or its compression is broken.
        public static let malformedResponse = Code("malformedResponse")
        /// The sequence that produces the request's body failed.
        public static let callbackFailed = Code("callbackFailed")
        /// Anything else curl reports.
        public static let other = Code("other")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in curl's or our words.
    public let message: String
    /// Scheme, host, port and path of the request; never its query or credentials.
    public let url: String
    /// False only when it is certain that the server saw nothing of the request, so that even an insert may be repeated.
    public let mayHaveReachedServer: Bool

    /// Makes an error.
    public init(code: Code, message: String, url: String, mayHaveReachedServer: Bool) {
        self.code = code
        self.message = String(foreign: message)
        self.url = String(foreign: url, limit: 500)
        self.mayHaveReachedServer = mayHaveReachedServer
    }

    /// Whether the same request may succeed later; see `mayHaveReachedServer` before repeating one that is not idempotent.
    public var isRetryable: Bool {
        switch code {
        case .timedOut, .couldNotConnect, .couldNotResolve, .connectionLost, .emptyReply, .malformedResponse, .other: true
        default: false
        }
    }

    /// One line for logs.
    public var description: String {
        "\(code): \(message) (\(url))"
    }
}
