package import Catalog
import ForeignText
package import Hummingbird
import NIOCore
import Postgres

/// A refusal with its status: the body is `{"code", "message"}` for clients, a page for people.
package struct APIError: Error {
    package let status: HTTPResponse.Status
    package let code: String
    package let message: String
    /// What a client needs beside the message to see why.
    package var details: [JSONValue.Member] = []
    /// When asking again can help; nil where time changes nothing.
    package var retryAfter: Duration?

    package static func badRequest(_ message: String, code: String = "bad_request") -> APIError {
        APIError(status: .badRequest, code: code, message: message)
    }
    package static func unauthorized(_ message: String) -> APIError {
        APIError(status: .unauthorized, code: "unauthorized", message: message)
    }
    package static func forbidden(_ message: String) -> APIError { APIError(status: .forbidden, code: "forbidden", message: message) }
    package static func notFound(_ message: String) -> APIError { APIError(status: .notFound, code: "not_found", message: message) }
    package static func conflict(_ message: String) -> APIError { APIError(status: .conflict, code: "conflict", message: message) }

    package init(status: HTTPResponse.Status, code: String, message: String, details: [JSONValue.Member] = []) {
        self.details = details
        self.status = status
        self.code = code
        self.message = String(foreign: message)
    }

    /// What a client is told of an error thrown anywhere below; nil for a fault of our own, whose details stay in the log.
    package init?(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as ExportFileError: self = .badRequest("\(error)", code: "badconfig")
        case let error as CatalogError:
            switch error.code {
            case .notFound: self = .notFound(error.message)
            case .conflict: self = .conflict(error.message)
            case .invalid: self = .badRequest(error.message)
            case .limited:
                self.init(status: .tooManyRequests, code: "rate_limited", message: error.message)
                retryAfter = error.retryAfter
            case .configuration, .incomplete: self.init(status: .serviceUnavailable, code: "configuration", message: error.message)
            default: return nil
            }
        case let error as PostgresError:
            // The server's words may name hosts and roles; clients need only know that trying again helps.
            guard error.isRetryable || error.code == .cancelled || error.code == .closed else { return nil }
            self.init(status: .serviceUnavailable, code: "database_unavailable", message: "the control database does not answer; try again")
        case let error as RateLimited:
            self.init(
                status: .tooManyRequests, code: "rate_limited", message: "\(error.what); try again in \(error.seconds) s")
        case is CancellationError:
            self.init(status: .serviceUnavailable, code: "shutting_down", message: "the server is shutting down; try again")
        case let error as Refusal:
            self.init(status: error.httpStatus, code: error.code, message: error.message)
        case is NIOTooManyBytesError:
            self.init(status: .contentTooLarge, code: "too_large", message: "the request body is too large")
        case let error as HTTPError:
            self.init(status: error.status, code: Self.code(error.status), message: error.body ?? error.status.reasonPhrase.lowercased())
        case let error as any HTTPResponseError:
            self.init(status: error.status, code: Self.code(error.status), message: error.status.reasonPhrase.lowercased())
        default: return nil
        }
    }

    private static func code(_ status: HTTPResponse.Status) -> String {
        status.reasonPhrase.lowercased().replacing(" ", with: "_")
    }
}

/// What a request may be.
package enum RequestLimits {
    /// The largest body that a path takes: an export of hundreds of wide mappings has a few megabytes, everything else is small, and what
    /// strangers may send is smallest.
    package static func bodyBytes(path: String) -> Int {
        let parts = path.split(separator: "/")
        if parts.count == 6, parts.starts(with: ["api", "v3", "connections"]), parts.suffix(2) == ["actions", "import"] {
            return 20 << 20
        }
        if parts.count == 3, parts.first == "connections", parts.last == "import" { return 20 << 20 }
        if parts.count == 3, ["new-mapping", "edit"].contains(parts.last) { return 1 << 20 }
        // A mapping of a wide object names some thousand fields, twice with its indexes.
        if parts.starts(with: ["api", "v3", "mappings"]) || parts.count == 5 && parts.last == "mappings" { return 1 << 20 }
        return parts.first == "login" || parts.first == "logout" ? 4 << 10 : 64 << 10
    }
}
