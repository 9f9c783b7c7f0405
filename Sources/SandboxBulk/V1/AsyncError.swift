package import HTTPTypes
package import SandboxHTTP
import SandboxStore

/// A request that Bulk 1.0 refuses: one error with a code of its own set, never a list.
package struct AsyncError: Error, Sendable {
    package let status: HTTPResponse.Status
    package let code: String
    package let message: String

    package init(_ code: String, _ message: String, status: HTTPResponse.Status = .badRequest) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// Clients look for the status 400 and the code, unlike in REST.
    package static let expiredSession = AsyncError("InvalidSessionId", "Invalid session id")
    package static let overQuota = AsyncError("ExceededQuota", "TotalRequests Limit exceeded.", status: .forbidden)
    package static let tooLarge = AsyncError("ClientInputError", "Failed to read request. Exceeded max size limit of 10000000")
    package static let unknownURL = AsyncError("InvalidUrl", "The requested resource does not exist", status: .notFound)
    package static let notCompleted = AsyncError("InvalidBatch", "Batch not completed")

    package static func wrongMethod(_ method: HTTPRequest.Method) -> AsyncError {
        AsyncError("ClientInputError", "HTTP Method '\(method.rawValue)' not allowed", status: .methodNotAllowed)
    }

    /// Names of errors that REST has under others; what a test made up stays.
    private static let names = [
        OrgError.expiredSession.code: expiredSession.code, OrgError.overQuota.code: overQuota.code,
        OrgError.unavailable.code: "ServerUnavailable", "UNKNOWN_EXCEPTION": "Unknown",
    ]

    package init(_ error: OrgError) {
        self.init(Self.names[error.code] ?? error.code, error.message, status: error.status)
    }

    package func reply(_ format: AsyncFormat) -> Reply {
        AsyncInfo(name: "error", fields: [("exceptionCode", .text(code)), ("exceptionMessage", .text(message))])
            .reply(format, status: status)
    }
}
