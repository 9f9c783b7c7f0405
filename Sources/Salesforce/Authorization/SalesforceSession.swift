public import FoundationEssentials
public import HTTPTransport
public import Logging

/// One org's authorisation, shared by everything in this process that talks to that org, and through its store with other processes.
/// Whoever needs a token while it is being renewed waits for that one renewal; whoever is cancelled waits no longer, and takes the
/// renewal of the others with him only when there are none.
public actor SalesforceSession {
    private let renewal: TokenRenewal
    private let clock: any Clock<Duration>
    private var held: HeldToken?
    private var flight: RenewalFlight?
    private var flights = 0
    private var waiters = 0
    /// After a renewal before the time has failed, the next is not tried at once: the token is good still.
    private var earliestEarly = ContinuousClock.now

    /// How long an answer is waited for that nobody wants any more, when a refresh token was sent for it: it may hold the next one.
    private static let unwantedAnswer = Duration.seconds(3)
    private static let earlyPause = Duration.seconds(10)

    /// Makes a session; nothing is sent until a token is needed.
    ///
    /// - Parameter clock: what pauses are counted by.
    public init(
        store: any TokenStore,
        http: HTTPClient,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger = Logger(label: "salesforce"),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.clock = clock
        renewal = TokenRenewal(store: store, http: http, now: now, clock: clock, logger: logger)
    }

    /// Makes a session of credentials that were given by hand; a token that is at hand spares the first log-in.
    public init(
        credentials: SalesforceCredentials,
        loginURL: String,
        http: HTTPClient,
        token: OAuthToken? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.init(store: LocalTokenStore(credentials, loginURL: loginURL, token: token), http: http, now: now)
    }

    /// The access token, from a log-in if there is none yet.
    ///
    /// - Throws: `SalesforceError`; `CancellationError`; what the store throws.
    public func token() async throws -> OAuthToken {
        try await token(refused: nil)
    }

    /// A token other than the one that Salesforce just refused.
    ///
    /// - Throws: `SalesforceError`; `CancellationError`; what the store throws.
    public func token(replacing refused: String) async throws -> OAuthToken {
        try await token(refused: refused)
    }

    /// Where the org's API lives.
    public var instanceURL: String {
        get async throws { try await token().instanceURL }
    }

    /// The organization's id.
    public var organizationID: String {
        get async throws { try await token().organizationID }
    }

    /// The integration user's id.
    public var userID: String {
        get async throws { try await token().userID }
    }

    /// Ends what is under way for this session. A renewal whose answer may hold a new refresh token is waited for this long first, and a
    /// second more.
    public func close(within patience: Duration) async {
        guard let number = flight?.number else { return }
        await landing(within: patience)
        abandon(number)
        // What was given up gives its lease back; what is still being saved has had its time.
        await landing(within: .seconds(1))
    }

    private func landing(within limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { try? await self.join() }
            group.addTask { try? await self.clock.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: - Renewing

    private func token(refused: String?) async throws -> OAuthToken {
        while true {
            try Task.checkCancellation()
            if let held, held.token.accessToken != refused, !held.isOver {
                if held.isDue, flight == nil, ContinuousClock.now >= earliestEarly { start(.early(held.generation)) }
                return held.token
            }
            if flight == nil { start(.needed(refused: refused)) }
            try await join()
        }
    }

    private func start(_ need: TokenRenewal.Need) {
        flights += 1
        let number = flights
        // A task of its own: a caller that is cancelled must not take the renewal of the others with it.
        let task = Task {
            let result: Result<Void, any Error>
            do {
                let obtained = try await renewal.obtain(need) { phase in await self.enter(phase, number) }
                hold(obtained)
                result = .success(())
            } catch {
                if case .early = need { earliestEarly = .now + Self.earlyPause * Double.random(in: 1...1.5) }
                result = .failure(error)
            }
            land(result)
        }
        flight = RenewalFlight(number: number, need: need, task: task)
    }

    private func hold(_ stored: StoredToken) {
        guard let token = HeldToken(stored) else { return }
        held = token
    }

    private func enter(_ phase: RenewalFlight.Phase, _ number: Int) {
        guard flight?.number == number else { return }
        flight?.phase = phase
    }

    private func land(_ result: Result<Void, any Error>) {
        guard let ended = flight else { return }
        flight = nil
        // Who joined a renewal that was given up for want of anybody to wait for it looks again.
        for waiter in ended.waiters.values { waiter.resume(with: ended.isAbandoned ? .success(()) : result) }
    }

    private func join() async throws {
        waiters += 1
        let number = waiters
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if flight == nil {
                    continuation.resume()
                } else {
                    flight?.waiters[number] = continuation
                }
            }
        } onCancel: {
            Task { await self.leave(number) }
        }
    }

    private func leave(_ number: Int) {
        guard let waiter = flight?.waiters.removeValue(forKey: number) else { return }
        waiter.resume(throwing: CancellationError())
        guard let flight, flight.waiters.isEmpty, !flight.need.isEarly else { return }
        guard flight.phase == .asking(mayRotate: true) else { return abandon(flight.number) }
        Task {
            try await clock.sleep(for: Self.unwantedAnswer)
            if self.flight?.number == flight.number, self.flight?.waiters.isEmpty == true { abandon(flight.number) }
        }
    }

    /// What was answered already is saved all the same.
    private func abandon(_ number: Int) {
        guard let flight, flight.number == number, flight.phase != .saving else { return }
        self.flight?.isAbandoned = true
        flight.task.cancel()
    }
}
