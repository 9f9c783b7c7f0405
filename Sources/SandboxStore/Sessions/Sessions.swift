import SandboxData
import Synchronization

/// Access and refresh tokens. A session lives as long as it is used at least every `seconds`.
package final class Sessions: Sendable {
    private struct Session {
        var expiry: Int64
        let family: String?
    }

    private struct Issued {
        var sessions: [String: Session] = [:]
        /// The family of each refresh token that is good.
        var refreshTokens: [String: String] = [:]
        /// The family of each refresh token that rotation has replaced.
        var spent: [String: String] = [:]
        var reuses = 0
        var tokenRequests = 0
        var journal: Journal?

        mutating func end(family: String) {
            refreshTokens = refreshTokens.filter { $0.value != family }
            sessions = sessions.filter { $0.value.family != family }
        }
    }

    /// A refresh token, and the family that it shares with those that rotation makes of it.
    package struct RefreshToken {
        package let text: String
        package let family: String
    }

    private let seconds: Int64
    private let clock: @Sendable () -> Int64
    private let issued = Mutex(Issued())

    package init(seconds: Int, clock: @escaping @Sendable () -> Int64) {
        self.seconds = Int64(seconds)
        self.clock = clock
    }

    /// A new access token; one that came from a refresh token belongs to that token's family.
    package func open(family: String? = nil) -> String {
        let token = "\(SandboxCredentials.organizationID.prefix(15))!AQ\(Self.random(60))"
        let now = clock()
        let session = Session(expiry: now + seconds, family: family)
        issued.withLock { issued in
            if issued.sessions.count > 10_000 { issued.sessions = issued.sessions.filter { $0.value.expiry > now } }
            issued.sessions[token] = session
            issued.journal?.append(.session(.opened(token, family: family)))
        }
        return token
    }

    /// A new refresh token; one that replaces another is of that one's family.
    package func openRefresh(family: String = Sessions.random(12)) -> RefreshToken {
        let token = RefreshToken(text: "5Aep861\(Self.random(60))", family: family)
        issued.withLock { issued in
            issued.refreshTokens[token.text] = family
            issued.journal?.append(.session(.refreshable(token.text, family: family)))
        }
        return token
    }

    /// Whether the token is good; using it keeps it so.
    package func use(_ token: String) -> Bool {
        let now = clock()
        return issued.withLock { issued in
            guard let session = issued.sessions[token] else { return false }
            guard session.expiry > now else {
                issued.sessions[token] = nil
                return false
            }
            issued.sessions[token]?.expiry = now + seconds
            return true
        }
    }

    /// When the token ends if nobody uses it; seconds since 1970.
    package func expiry(of token: String) -> Int64? { issued.withLock { $0.sessions[token]?.expiry } }

    /// Seconds that an unused access token lives.
    package var lifetime: Int64 { seconds }

    package func knowsRefresh(_ token: String) -> Bool { issued.withLock { $0.refreshTokens[token] != nil } }

    /// Takes a refresh token for a grant. With rotation it is spent by that; one that was spent before and comes again ends the one that
    /// took its place and every access token that was made from them.
    ///
    /// - Returns: the token's family; nil when it is not good.
    package func refresh(_ token: String, rotating: Bool) -> String? {
        issued.withLock { issued in
            if let family = issued.refreshTokens[token] {
                guard rotating else { return family }
                issued.refreshTokens[token] = nil
                issued.spent[token] = family
                issued.journal?.append(.session(.spent(token, family: family)))
                return family
            }
            if let family = issued.spent[token] {
                issued.reuses += 1
                issued.end(family: family)
                issued.journal?.append(.session(.familyEnded(family)))
            }
            return nil
        }
    }

    /// Counts a request for a token, whatever becomes of it.
    package func noteTokenRequest() { issued.withLock { $0.tokenRequests += 1 } }

    /// Requests for tokens so far.
    package var tokenRequests: Int { issued.withLock(\.tokenRequests) }

    /// How often a spent refresh token came again.
    package var reuses: Int { issued.withLock(\.reuses) }

    package func revoke(_ token: String) -> Bool {
        issued.withLock { issued in
            let isKnown = issued.sessions.removeValue(forKey: token) != nil || issued.refreshTokens.removeValue(forKey: token) != nil
            if isKnown { issued.journal?.append(.session(.ended(token))) }
            return isKnown
        }
    }

    /// Ends one session.
    package func end(_ token: String) { _ = revoke(token) }

    /// Ends every session, as an administrator can; refresh tokens stay good.
    package func expireAll() {
        issued.withLock { issued in
            issued.sessions.removeAll()
            issued.journal?.append(.session(.allEnded))
        }
    }

    /// What would bring every token back.
    package var events: [Event] {
        issued.withLock { issued in
            issued.sessions.sorted { $0.key < $1.key }.map { Event.opened($0.key, family: $0.value.family) }
                + issued.refreshTokens.sorted { $0.key < $1.key }.map { Event.refreshable($0.key, family: $0.value) }
                + issued.spent.sorted { $0.key < $1.key }.map { Event.spent($0.key, family: $0.value) }
        }
    }

    /// Does again what the journal says was done; a session that is brought back lives as if it had just been used.
    package func replay(_ event: Event) {
        let expiry = clock() + seconds
        issued.withLock { issued in
            switch event {
            case .opened(let token, let family): issued.sessions[token] = Session(expiry: expiry, family: family)
            case .refreshable(let token, let family): issued.refreshTokens[token] = family
            case .spent(let token, let family):
                issued.refreshTokens[token] = nil
                issued.spent[token] = family
            case .ended(let token):
                issued.sessions[token] = nil
                issued.refreshTokens[token] = nil
            case .familyEnded(let family): issued.end(family: family)
            case .allEnded: issued.sessions.removeAll()
            }
        }
    }

    /// What happens to tokens from here on goes to the journal.
    package func keep(in journal: Journal) { issued.withLock { $0.journal = journal } }

    package static func random(_ count: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._")
        return String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }
}
