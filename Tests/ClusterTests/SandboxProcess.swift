import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import Salesforce

/// A sandbox org that runs as a process, as tests see it; what it tells them no Salesforce would.
struct SandboxProcess: Sendable {
    struct Stats: Decodable {
        let tokenRequests: Int
        let reusedRefreshTokens: Int
    }

    static let username = "admin@sandbox.example"
    static let clientID = "sandbox-client"
    static let clientSecret = "sandbox-secret"

    let url: String
    private let http = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))

    /// The org at an address, once it answers.
    static func reached(_ url: String) async throws -> SandboxProcess {
        let org = SandboxProcess(url: url)
        try await eventually("the sandbox org answers") { (try? await org.stats()) != nil }
        return org
    }

    private init(url: String) { self.url = url }

    func stats() async throws -> Stats {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Stats.self, from: Data(try await http.perform(TransferRequest(url: url + "/sandbox/stats")).bytes))
    }

    /// A refresh token that nobody has used.
    func refreshToken() async throws -> String {
        let form =
            "grant_type=password&client_id=\(Self.clientID)&client_secret=\(Self.clientSecret)&username=\(Self.username)"
            + "&password=sandbox-password&scope=api%20refresh_token"
        let answer = try await http.perform(
            TransferRequest(
                method: .post, url: url + "/services/oauth2/token", headers: [.contentType: "application/x-www-form-urlencoded"],
                body: .bytes(Array(form.utf8))))
        guard let token = try JSONDecoder().decode(OAuthToken.self, from: Data(answer.bytes)).refreshToken else {
            throw ProcessError(description: "no refresh token")
        }
        return token
    }
}
