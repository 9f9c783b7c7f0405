import HTTPTypes

/// A request that is refused as Salesforce refuses it: a status, and an array with one error.
struct APIError: Error, Sendable {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    var fields: [String]?
    /// More errors of the same record.
    var further: [RecordError] = []
    /// What a duplicate rule found, and where the API's addresses begin.
    var duplicates: (finding: DuplicateFinding, base: String)?

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String, fields: [String]? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
    }

    init(_ error: SOQLError) {
        self.init(.badRequest, error.code, error.message)
    }

    init(_ error: JSONError) {
        self.init(.badRequest, "JSON_PARSER_ERROR", "\(error.message) at [line:\(error.line), column:\(error.column)]")
    }

    static let notFound = APIError(.notFound, "NOT_FOUND", "The requested resource does not exist")
    static let expiredSession = APIError(.unauthorized, "INVALID_SESSION_ID", "Session expired or invalid")
    static let overQuota = APIError(.forbidden, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    static let tooLarge = APIError(.contentTooLarge, "REQUEST_TOO_LARGE", "The request body is larger than 20 MB or broke off")
    static let unavailable = APIError(.serviceUnavailable, "SERVER_UNAVAILABLE", "We are down for maintenance.")

    static func wrongMethod(_ method: HTTPRequest.Method, allowed: String) -> APIError {
        APIError(
            .methodNotAllowed, "METHOD_NOT_ALLOWED", "HTTP Method '\(method.rawValue)' not allowed. Allowed are \(allowed)")
    }

    static func unknownObject(_ name: String) -> APIError { notFound }

    var reply: Reply {
        var json = JSONWriter(capacity: 256)
        json.array { json in
            json.object { json in
                duplicates.map { $0.finding.write(&json, base: $0.base) }
                json.field("message", message)
                json.field("errorCode", code)
                if let fields, duplicates == nil {
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
