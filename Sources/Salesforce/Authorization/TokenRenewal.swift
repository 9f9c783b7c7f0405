internal import FoundationEssentials
internal import HTTPTransport
internal import Logging

/// How a process comes by a token that is good: from the store, from another process that renews it, or by renewing it itself.
struct TokenRenewal: Sendable {
    /// Why a token is wanted.
    enum Need: Sendable {
        /// There is none, or Salesforce refused this one.
        case needed(refused: String?)
        /// The one of this generation will end soon.
        case early(Int64)

        var isEarly: Bool {
            if case .early = self { true } else { false }
        }
    }

    let store: any TokenStore
    let http: HTTPClient
    /// What a JWT's expiry is counted from.
    let now: @Sendable () -> Date
    let clock: any Clock<Duration>
    let logger: Logger

    /// How long another process's renewal is waited for: longer than its request may take.
    private static let patience = Duration.seconds(90)
    /// How long a renewal must have been seen lapsed before it is taken over.
    private static let lapse = Duration.seconds(2)
    /// How often a lease is extended while Salesforce is asked.
    private static let extendEvery = Duration.seconds(5)
    private static let look = Duration.milliseconds(50)
    private static let longestLook = Duration.milliseconds(250)

    /// - Parameter enter: hears how far this has come.
    /// - Throws: `SalesforceError`; `CancellationError`; what the store throws.
    func obtain(_ need: Need, enter: @Sendable (RenewalFlight.Phase) async -> Void) async throws -> StoredToken {
        let start = ContinuousClock.now
        var lapsed: (renewal: UUID, seen: ContinuousClock.Instant)?
        var pause = Self.look
        while true {
            try Task.checkCancellation()
            let stored = try await store.current()
            if satisfies(stored, need) { return stored }
            let ripe = lapsed.flatMap { .now - $0.seen >= Self.lapse ? $0.renewal : nil }
            switch try await store.begin(replacing: stored.generation, takingOver: ripe) {
            case .begun(let lease):
                if let token = try await renew(lease, enter: enter) { return token }
                await enter(.looking)
            case .changed: continue
            case .refused(let error): throw error
            case .busy(let renewal, let holder, let isLapsed):
                if need.isEarly { return stored }
                guard .now - start < Self.patience else {
                    throw SalesforceError(
                        code: .timedOut, message: "\(holder) renews the connection's session and has not come to an end", retry: .backOff)
                }
                if !isLapsed { lapsed = nil } else if lapsed?.renewal != renewal { lapsed = (renewal, .now) }
                try await clock.sleep(for: pause * Double.random(in: 0.75...1.25))
                pause = min(pause * 2, Self.longestLook)
            }
        }
    }

    private func satisfies(_ stored: StoredToken, _ need: Need) -> Bool {
        guard let token = stored.token else { return false }
        switch need {
        case .needed(let refused): return token.accessToken != refused && stored.remaining.map { $0 > .zero } ?? true
        case .early(let generation): return stored.generation != generation
        }
    }

    /// - Returns: nil when the credentials were replaced meanwhile.
    private func renew(
        _ lease: RenewalLease, enter: @Sendable (RenewalFlight.Phase) async -> Void
    ) async throws -> StoredToken? {
        await enter(.asking(mayRotate: lease.credentials.mayRotate))
        let extending = Task {
            while true {
                try await Task.sleep(for: Self.extendEvery)
                try? await store.extend(lease)
            }
        }
        defer { extending.cancel() }
        let oauth = OAuthClient(loginURL: lease.loginURL, http: http, now: now)
        let loggedIn: (token: OAuthToken, credentials: SalesforceCredentials)
        do {
            loggedIn = try await LogIn(lease: lease, oauth: oauth, logger: logger).token()
        } catch {
            let failure = error
            // Not in the task that may be cancelled: others wait for the lease.
            let isHeld = await Task { (try? await store.release(lease, because: failure)) ?? true }.value
            if failure.retry == .needsAuthorization, !isHeld { return nil }
            throw failure
        }
        await enter(.saving)
        let (token, credentials) = loggedIn
        let rotated = credentials.rotated(by: token) ?? (credentials == lease.credentials ? nil : credentials)
        let published = try await Task { try await publish(token, rotated, under: lease) }.value
        if let published, lease.asksLifetime {
            Task { await learnLifetime(of: published, credentials, oauth) }
        }
        return published
    }

    /// A refresh token that was not saved is lost, and the org with it: a store that cannot be reached is tried until it can.
    private func publish(
        _ token: OAuthToken, _ rotated: SalesforceCredentials?, under lease: RenewalLease
    ) async throws -> StoredToken? {
        while true {
            do {
                return try await store.publish(token, credentials: rotated, under: lease)
            } catch  where rotated != nil {
                logger.warning("A new refresh token could not be saved, trying again", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func learnLifetime(of stored: StoredToken, _ credentials: SalesforceCredentials, _ oauth: OAuthClient) async {
        guard let token = stored.token, let lifetime = await oauth.lifetime(of: token, credentials) else { return }
        // It only spares the next renewal's surprise.
        try? await store.keep(lifetime: lifetime, of: stored.generation)
    }
}
