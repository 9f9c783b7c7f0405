import Catalog
import Foundation
import Redaction
import Salesforce
import Secrets

/// A connection's access token in the control database, for all processes: what `Salesforce` asks of a store, in `Catalog`'s terms.
struct ConnectionTokenStore: TokenStore {
    let connection: UUID
    let catalog: CatalogStore
    let sealingKey: SealingKey
    /// Who renews, for people to read.
    let process: String
    /// The key of the app's certificate, where there is one.
    @Redacted var jwtKey: String?

    func current() async throws -> StoredToken {
        try stored(try await catalog.sharedSession(connection))
    }

    func begin(replacing generation: Int64, takingOver lapsed: UUID?) async throws -> RenewalStart {
        switch try await catalog.beginRenewal(connection, replacing: generation, by: process, takingOver: lapsed) {
        case .begun(let id, let sealed, let loginURL, let username, let asksLifetime, let interruption):
            let credentials: SalesforceCredentials = try CredentialSeal.open(credentials: sealed, of: connection, key: sealingKey)
            return .begun(
                RenewalLease(
                    id: id, credentials: credentials, loginURL: loginURL, asksLifetime: asksLifetime,
                    interruption: interruption.map {
                        "a renewal that \($0.holder) began at \($0.at.formatted(.iso8601)) ended before its answer could be saved"
                    }, fallback: fallback(for: credentials, username: username, loginURL: loginURL)))
        case .changed: return .changed
        case .busy(let renewal, let holder, let isLapsed): return .busy(renewal: renewal, holder: holder, isLapsed: isLapsed)
        case .refused(let code, let message):
            return .refused(SalesforceError(code: .init(rawValue: code), message: message, retry: .needsAuthorization))
        case .unauthorized:
            throw CatalogError(code: .incomplete, message: "the connection was never authorized at Salesforce")
        }
    }

    /// The consent that brought the refresh token counts for a JWT of the same app and user.
    private func fallback(for credentials: SalesforceCredentials, username: String?, loginURL: String) -> SalesforceCredentials? {
        guard case .refreshToken(_, let clientID, _) = credentials, let jwtKey, let username else { return nil }
        return .jwt(username: username, clientID: clientID, privateKeyPEM: jwtKey, audience: loginURL)
    }

    func extend(_ lease: RenewalLease) async throws {
        try await catalog.extendRenewal(connection, renewal: lease.id)
    }

    func publish(_ token: OAuthToken, credentials: SalesforceCredentials?, under lease: RenewalLease) async throws -> StoredToken? {
        let credentialsSealed = try credentials.map { try CredentialSeal.seal($0, for: connection, key: sealingKey) }
        let tokenSealed = try CredentialSeal.seal(token: token.withoutRefreshToken, for: connection, key: sealingKey)
        return try await catalog.finishRenewal(
            connection, renewal: lease.id, tokenSealed: tokenSealed, credentialsSealed: credentialsSealed
        ).map(stored)
    }

    func release(_ lease: RenewalLease, because error: SalesforceError) async throws -> Bool {
        try await catalog.endRenewal(
            connection, renewal: lease.id,
            SessionRenewalFailure(
                code: error.code.rawValue, message: error.message, isFinal: error.retry == .needsAuthorization,
                isOutcomeOpen: error.mayHaveBeenApplied))
    }

    func keep(lifetime: Duration, of generation: Int64) async throws {
        try await catalog.keepSessionLifetime(connection, lifetime, of: generation)
    }

    private func stored(_ session: SharedSession) throws -> StoredToken {
        StoredToken(
            generation: session.generation,
            token: try session.tokenSealed.map { try CredentialSeal.open(token: $0, of: connection, key: sealingKey) },
            remaining: session.remaining, lifetime: session.lifetime)
    }
}
