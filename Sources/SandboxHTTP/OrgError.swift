package import HTTPTypes
package import SandboxBytes

/// A request that is refused as Salesforce refuses it: a status, and an array with one error.
package struct OrgError: Error, Sendable {
    package let status: HTTPResponse.Status
    package let code: String
    package let message: String
    package var fields: [String]?
    /// More errors of the same record.
    package var further: [any CodedRefusal] = []
    /// Writes members that stand before the error itself, as what a duplicate rule found; the error's fields are not told then.
    package var details: (@Sendable (inout JSONWriter) -> Void)?

    package init(_ status: HTTPResponse.Status, _ code: String, _ message: String, fields: [String]? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
    }

    package init(_ error: some CodedRefusal) {
        self.init(.badRequest, error.code, error.message)
    }

    package init(_ error: JSONError) {
        self.init(.badRequest, "JSON_PARSER_ERROR", "\(error.message) at [line:\(error.line), column:\(error.column)]")
    }

    package static let notFound = OrgError(.notFound, "NOT_FOUND", "The requested resource does not exist")
    package static let expiredSession = OrgError(.unauthorized, "INVALID_SESSION_ID", "Session expired or invalid")
    /// Of versions that Salesforce has removed (help article 005321531).
    package static let retiredVersion = OrgError(.gone, "GONE", "The API version that was requested is retired and no longer available.")
    package static let basicAuthorization = OrgError(.unauthorized, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
    package static let overQuota = OrgError(.forbidden, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    package static let tooLarge = OrgError(.contentTooLarge, "REQUEST_TOO_LARGE", "The request body is larger than 20 MB or broke off")
    package static let unavailable = OrgError(.serviceUnavailable, "SERVER_UNAVAILABLE", "We are down for maintenance.")

    package static func wrongMethod(_ method: HTTPRequest.Method, allowed: String) -> OrgError {
        OrgError(
            .methodNotAllowed, "METHOD_NOT_ALLOWED", "HTTP Method '\(method.rawValue)' not allowed. Allowed are \(allowed)")
    }

    package static func unknownObject(_ name: String) -> OrgError { notFound }

    package var reply: Reply {
        var json = JSONWriter(capacity: 256)
        json.array { json in
            json.object { json in
                details?(&json)
                json.field("message", message)
                json.field("errorCode", code)
                if let fields, details == nil {
                    json.fieldArray("fields") { json in
                        for field in fields { json.value(field) }
                    }
                }
            }
            for error in further {
                json.object { json in
                    json.field("message", error.message)
                    json.field("errorCode", error.code)
                    json.fieldArray("fields") { json in
                        for field in error.fields { json.value(field) }
                    }
                }
            }
        }
        return .json(json, status: status)
    }
}
