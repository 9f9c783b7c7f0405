internal import Logging

/// One log-in under a lease. After a renewal that was interrupted, the refresh token that it sent may be spent, and presenting a spent one
/// makes Salesforce revoke whatever took its place (help article 005316711). So it is asked about first, by introspection, which does not use it.
struct LogIn {
    /// What an interrupted renewal leaves to do.
    enum Step: Hashable {
        /// Send what the lease came with.
        case present
        /// Send it though it may be spent: there is no other way to find out.
        case presentUnknown
        /// Send what nothing can have used up.
        case fallBack
        /// Send nothing.
        case giveUp

        /// - Parameters:
        ///   - isGood: whether the org says that the refresh token is; nil when it says nothing.
        ///   - canFallBack: whether there are credentials that do not rotate.
        init(mayRotate: Bool, isInterrupted: Bool, isGood: Bool?, canFallBack: Bool) {
            guard mayRotate, isInterrupted, isGood != true else {
                self = .present
                return
            }
            self = canFallBack ? .fallBack : isGood == false ? .giveUp : .presentUnknown
        }
    }

    let lease: RenewalLease
    let oauth: OAuthClient
    let logger: Logger

    /// - Returns: the token, and the credentials that it came of.
    func token() async throws(SalesforceError) -> (token: OAuthToken, credentials: SalesforceCredentials) {
        let mayRotate = lease.credentials.mayRotate
        let isGood = mayRotate && lease.interruption != nil ? await oauth.isGood(lease.credentials) : nil
        switch Step(mayRotate: mayRotate, isInterrupted: lease.interruption != nil, isGood: isGood, canFallBack: lease.fallback != nil) {
        case .present: return (try await oauth.token(lease.credentials), lease.credentials)
        case .presentUnknown: return try await presentUnknown()
        case .giveUp:
            throw SalesforceError(
                code: "invalid_grant",
                message: explained("Salesforce says that the refresh token is not good any more, and it was not sent"),
                retry: .needsAuthorization, resource: "POST /services/oauth2/introspect")
        case .fallBack: return try await fallBack(isGood: isGood)
        }
    }

    private func presentUnknown() async throws(SalesforceError) -> (token: OAuthToken, credentials: SalesforceCredentials) {
        logger.warning(
            "A refresh token is sent that may be used up, since the org does not tell by introspection",
            metadata: ["reason": "\(lease.interruption ?? "")"])
        do {
            return (try await oauth.token(lease.credentials), lease.credentials)
        } catch {
            guard error.retry == .needsAuthorization else { throw error }
            throw SalesforceError(
                code: error.code, message: explained(error.message), httpStatus: error.httpStatus, retry: error.retry,
                resource: error.resource)
        }
    }

    private func fallBack(isGood: Bool?) async throws(SalesforceError) -> (token: OAuthToken, credentials: SalesforceCredentials) {
        guard let fallback = lease.fallback else { return try await presentUnknown() }
        do {
            let token = try await oauth.token(fallback)
            logger.notice(
                "The connection goes on with a JWT, since its refresh token may be used up",
                metadata: ["reason": "\(lease.interruption ?? "")"])
            return (token, fallback)
        } catch {
            guard error.retry == .needsAuthorization else { throw error }
            if isGood == nil { return try await presentUnknown() }
            throw SalesforceError(
                code: error.code,
                message: explained("the refresh token is not good any more, and a JWT in its place was refused: \(error.message)"),
                httpStatus: error.httpStatus, retry: error.retry, resource: error.resource)
        }
    }

    private func explained(_ message: String) -> String {
        guard let interruption = lease.interruption else { return message }
        return "\(message) – \(interruption), so that this refresh token may have been used up: authorize the connection again"
    }
}
