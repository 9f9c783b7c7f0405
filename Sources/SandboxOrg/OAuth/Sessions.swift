import Synchronization

/// Access and refresh tokens. A session lives as long as it is used at least every `seconds`.
final class Sessions: Sendable {
    private struct Issued {
        var sessions: [String: Int64] = [:]
        var refreshTokens: Set<String> = []
        var journal: Journal?
    }

    private let seconds: Int64
    private let clock: @Sendable () -> Int64
    private let issued = Mutex(Issued())

    init(seconds: Int, clock: @escaping @Sendable () -> Int64) {
        self.seconds = Int64(seconds)
        self.clock = clock
    }

    func open() -> String {
        let token = "\(SandboxCredentials.organizationID.prefix(15))!AQ\(Self.random(60))"
        let expiry = clock() + seconds
        let now = clock()
        issued.withLock { issued in
            if issued.sessions.count > 10_000 { issued.sessions = issued.sessions.filter { $0.value > now } }
            issued.sessions[token] = expiry
            issued.journal?.append(.session(.opened(token)))
        }
        return token
    }

    func openRefresh() -> String {
        let token = "5Aep861\(Self.random(60))"
        issued.withLock { issued in
            issued.refreshTokens.insert(token)
            issued.journal?.append(.session(.refreshable(token)))
        }
        return token
    }

    /// Whether the token is good; using it keeps it so.
    func use(_ token: String) -> Bool {
        let now = clock()
        return issued.withLock { issued in
            guard let expiry = issued.sessions[token] else { return false }
            guard expiry > now else {
                issued.sessions[token] = nil
                return false
            }
            issued.sessions[token] = now + seconds
            return true
        }
    }

    func knowsRefresh(_ token: String) -> Bool { issued.withLock { $0.refreshTokens.contains(token) } }

    func revoke(_ token: String) -> Bool {
        issued.withLock { issued in
            let isKnown = issued.sessions.removeValue(forKey: token) != nil || issued.refreshTokens.remove(token) != nil
            if isKnown { issued.journal?.append(.session(.ended(token))) }
            return isKnown
        }
    }

    /// Ends one session.
    func end(_ token: String) { _ = revoke(token) }

    /// Ends every session, as an administrator can; refresh tokens stay good.
    func expireAll() {
        issued.withLock { issued in
            issued.sessions.removeAll()
            issued.journal?.append(.session(.allEnded))
        }
    }

    /// What would bring every token back.
    var events: [Event] {
        issued.withLock { issued in
            issued.sessions.keys.sorted().map(Event.opened) + issued.refreshTokens.sorted().map(Event.refreshable)
        }
    }

    /// Does again what the journal says was done; a session that is brought back lives as if it had just been used.
    func replay(_ event: Event) {
        let expiry = clock() + seconds
        issued.withLock { issued in
            switch event {
            case .opened(let token): issued.sessions[token] = expiry
            case .refreshable(let token): issued.refreshTokens.insert(token)
            case .ended(let token):
                issued.sessions[token] = nil
                issued.refreshTokens.remove(token)
            case .allEnded: issued.sessions.removeAll()
            }
        }
    }

    /// What happens to tokens from here on goes to the journal.
    func keep(in journal: Journal) { issued.withLock { $0.journal = journal } }

    static func random(_ count: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._")
        return String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }
}
