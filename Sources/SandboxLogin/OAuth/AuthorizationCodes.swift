import SandboxStore
import Synchronization

/// Codes that the consent page gave out and nobody has redeemed yet. Each is good once, for a quarter of an hour.
package final class AuthorizationCodes: Sendable {
    package struct Grant: Sendable, Equatable {
        let redirectURI: String
        package let scope: String
        /// PKCE: what the verifier must hash to, or be.
        let challenge: String?
        let isHashed: Bool
        package let expires: Int64
    }

    enum Refusal: Error, Sendable {
        case unknown, expired
    }

    package static let lifetime: Int64 = 900

    private let open = Mutex<[String: Grant?]>([:])

    package init() {}

    package func add(_ grant: Grant) -> String {
        let code = "aPrx" + Sessions.random(56)
        open.withLock { $0[code] = grant }
        return code
    }

    /// Takes the code out of circulation, whatever comes of it.
    func redeem(_ code: String, now: Int64) throws(Refusal) -> Grant {
        let found = open.withLock { open -> Grant?? in
            let found = open[code]
            if found != nil { open[code] = .some(nil) }
            return found
        }
        guard let known = found else { throw .unknown }
        guard let grant = known, grant.expires > now else { throw .expired }
        return grant
    }
}
