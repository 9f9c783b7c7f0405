import Synchronization

/// Access and refresh tokens. A session lives as long as it is used at least every `seconds`.
final class Sessions: Sendable {
    private struct Issued {
        var sessions: [String: Int64] = [:]
        var refreshTokens: Set<String> = []
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
        }
        return token
    }

    func openRefresh() -> String {
        let token = "5Aep861\(Self.random(60))"
        issued.withLock { _ = $0.refreshTokens.insert(token) }
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
        issued.withLock { $0.sessions.removeValue(forKey: token) != nil || $0.refreshTokens.remove(token) != nil }
    }

    /// Ends one session.
    func end(_ token: String) { issued.withLock { _ = $0.sessions.removeValue(forKey: token) } }

    /// Ends every session, as an administrator can; refresh tokens stay good.
    func expireAll() { issued.withLock { $0.sessions.removeAll() } }

    static func random(_ count: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._")
        return String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }
}
