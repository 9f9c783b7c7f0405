/// What can help after a failure.
public enum RetryClass: String, Sendable, Hashable, Codable {
    /// A new access token. `SalesforceClient` has tried that once already by itself.
    case refreshSession
    /// Waiting, then the same again; with a smaller batch or a narrower window where the code says that it was too much.
    case backOff
    /// Waiting until the org's quota frees; other work for the org should wait too.
    case organizationLimit
    /// Describing the object anew: a field or the object itself is no longer what it was.
    case schemaChanged
    /// A person who authorises the connection again.
    case needsAuthorization
    /// A person who chooses another API version: the org serves this one no more.
    case versionRetired
    /// Nothing, as long as the request stays the same.
    case never

    /// The class of Salesforce's own error codes, whether they came for a request or for a record; nil for one not listed.
    static func of(code: String) -> RetryClass? {
        switch code {
        case "INVALID_SESSION_ID", "INVALID_AUTH_HEADER": .refreshSession
        case "UNABLE_TO_LOCK_ROW", "TOO_MANY_APEX_REQUESTS", "QUERY_TIMEOUT", "OPERATION_TOO_LARGE", "EXCEEDED_ID_LIMIT",
            "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "REQUEST_RUNNING_TOO_LONG", "TXN_SECURITY_METERING_ERROR",
            "ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED", "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
            "INVALID_QUERY_LOCATOR", "API_CURRENTLY_DISABLED", "CONFLICT", "rate_limit_exceeded":
            .backOff
        case "REQUEST_LIMIT_EXCEEDED", "EXCEEDED_QUOTA", "STORAGE_LIMIT_EXCEEDED", "LIMIT_EXCEEDED": .organizationLimit
        case "INVALID_FIELD", "INVALID_TYPE", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALIDENTITY": .schemaChanged
        case "UNSUPPORTED_API_VERSION", "InvalidVersion", "GONE": .versionRetired
        case "API_DISABLED_FOR_ORG", "INVALID_LOGIN", "inactive_user", "inactive_org": .needsAuthorization
        default: nil
        }
    }

    /// The class of an answer whose code is not listed.
    static func of(status: Int) -> RetryClass {
        switch status {
        case 401: .refreshSession
        case 410: .versionRetired
        case 408, 420, 429, 500...599: .backOff
        // Salesforce redirects when an instance moves or is down for maintenance.
        case 300...399: .backOff
        default: .never
        }
    }
}
