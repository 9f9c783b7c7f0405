internal import HTTPTransport
internal import HTTPTypes

/// Tells OAuth errors that only a person can mend from those that pass.
enum OAuthFailure {
    /// Codes that no waiting mends.
    private static let permanentCodes: Set<String> = [
        "invalid_client", "invalid_client_id", "invalid_app_access", "inactive_user", "inactive_org", "unsupported_grant_type",
        "unsupported_response_type", "redirect_uri_mismatch", "access_denied", "invalid_scope", "unauthorized_client",
    ]

    /// `invalid_grant` says everything and nothing; only its description tells. "authentication failure" alone is not listed:
    /// Salesforce also answers it when it has trouble of its own.
    private static let permanentDescriptions = [
        "expired access/refresh token", "inactive user", "inactive organization", "invalid password", "hasn't approved this consumer",
        "not admin approved", "no client credentials user", "not supported on this domain", "invalid authorization code",
        "audience is invalid", "ip restricted", "invalid assertion",
    ]

    static func classified(_ error: SalesforceError) -> SalesforceError {
        let description = error.message.lowercased()
        // A server that is in trouble, or has had enough, says nothing about who asks.
        let isTrouble = error.httpStatus.map { $0 == 408 || $0 == 420 || $0 == 429 || $0 >= 500 } ?? false
        let isPermanent =
            !isTrouble
            && (permanentCodes.contains(error.code.rawValue)
                || error.code == "invalid_grant" && permanentDescriptions.contains { description.contains($0) })
        // What remains may pass by itself: rate limits, clocks that differ, an org that moves.
        let retry: RetryClass = isPermanent ? .needsAuthorization : .backOff
        return SalesforceError(
            code: error.code, message: error.message, fields: error.fields, httpStatus: error.httpStatus, retry: retry,
            resource: error.resource, mayHaveBeenApplied: error.mayHaveBeenApplied)
    }
}

extension SalesforceError {
    /// Whatever a transport threw.
    init(transport error: any Error, method: HTTPRequest.Method) {
        if let error = error as? HTTPTransportError {
            self.init(error, method: method)
        } else {
            self.init(code: .unreachable, message: "\(error)", retry: .backOff, mayHaveBeenApplied: true)
        }
    }
}
