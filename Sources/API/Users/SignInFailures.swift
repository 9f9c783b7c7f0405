import Hummingbird
import WebServer

/// How often somebody may be wrong about who he is: from one address, and about one account. Each attempt counts until it has succeeded, so
/// that many at once are no way around it.
struct SignInFailures {
    let services: APIServices
    let request: Request
    /// The account that is tried; nil when a token is.
    let account: String?

    private static let what = "too many attempts to sign in failed"

    /// - Throws: `RateLimited`.
    func take() throws {
        try services.rates.take(address, .failuresOfAddress, what: Self.what)
        guard let name else { return }
        do {
            try services.rates.take(name, .failuresOfAccount, what: Self.what)
        } catch {
            services.rates.giveBack(address, .failuresOfAddress)
            throw error
        }
    }

    /// It was him.
    func giveBack() {
        services.rates.giveBack(address, .failuresOfAddress)
        if let name { services.rates.giveBack(name, .failuresOfAccount) }
    }

    private var address: String { "failures of \(services.address(request))" }
    private var name: String? { account.map { "failures of \($0.lowercased().prefix(254))" } }
}
