import Accounts
import Catalog
import Cluster
import Foundation
import HTTPTransport
import HTTPTypes
import Salesforce
import SandboxOrg
import Secrets

/// A server that can call a sandbox org, and a browser that goes from one to the other.
struct SignInWorld: Sendable {
    let server: Server
    let org: SandboxServer
    private let browser = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))

    static func with(_ body: @Sendable (SignInWorld) async throws -> Void) async throws {
        var options = SandboxOptions()
        options.rows = ["Account": 5]
        let org = try await SandboxServer.start(options)
        do {
            let http = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
            let app = ExternalClientApp(clientID: "sandbox-client", secret: "sandbox-secret")
            try await Server.with(
                app: app, signIn: { SalesforceSignIn(catalog: $0, sealingKey: $1, http: http, app: app) }
            ) { server in
                try await body(SignInWorld(server: server, org: org))
            }
        } catch {
            await org.stop()
            throw error
        }
        await org.stop()
    }

    /// Asks for a sign-in and returns Salesforce's consent page's address.
    func begin(
        _ connection: Connection, _ more: String = "", next: String? = "http://localhost:18000", headers: HTTPFields? = nil
    ) async throws -> String {
        let body = #"{"environment":"custom","domain":"\#(org.url)"\#(next.map { #","next":"\#($0)""# } ?? "")\#(more)}"#
        let answer = try await server.send(
            .post, "/api/v3/connections/\(connection.id.text)/authorize_url", body: body, headers: headers)
        guard answer.status == 201, answer.json.keys == ["redirect"], let redirect = answer.json["redirect"]?.string else {
            throw RawClient.Failure(description: "\(answer.status) \(answer.text)")
        }
        return redirect
    }

    /// Answers the consent page as a person would.
    ///
    /// - Returns: where Salesforce sends the browser: a path of the server.
    func consent(_ page: String, decision: String = "allow") async throws -> String {
        let shown = try await browser.perform(TransferRequest(url: page))
        guard shown.status == 200, let form = URLComponents(string: page)?.percentEncodedQuery else {
            throw RawClient.Failure(description: "the consent page: \(shown.status)")
        }
        let answer = try await browser.perform(
            TransferRequest(
                method: .post, url: org.url + "/services/oauth2/authorize", headers: [.contentType: "application/x-www-form-urlencoded"],
                body: .bytes(Array("\(form)&decision=\(decision)".utf8))))
        guard answer.status == 302, let location = answer.headers[.location], let parts = URLComponents(string: location),
            let query = parts.percentEncodedQuery
        else { throw RawClient.Failure(description: "consent: \(answer.status)") }
        return "\(parts.path)?\(query)"
    }

    /// The browser arrives at the callback.
    func arrive(_ path: String, headers: HTTPFields = [.accept: "text/html"]) async throws -> Server.Answer {
        try await server.send(.get, path, headers: headers)
    }

    func stored(_ connection: Connection) async throws -> Connection {
        guard let found = try await server.store.connection(connection.id) else { throw RawClient.Failure(description: "no connection") }
        return found
    }

    func credentials(_ connection: Connection) async throws -> SalesforceCredentials {
        try CredentialSeal.open(try await stored(connection), key: server.key)
    }

    /// A connection that nobody authorized yet.
    func connection(schema: String = "salesforce") async throws -> Connection {
        try await server.store.createConnection(
            NewConnection(appName: "shop", target: .key("DATABASE_URL"), schemaName: schema), sealingKey: server.key)
    }

    /// A refresh token of the org.
    func refreshToken() async throws -> String {
        let form =
            "grant_type=password&client_id=sandbox-client&client_secret=sandbox-secret&username=admin@sandbox.example"
            + "&password=sandbox-password&scope=api%20refresh_token"
        let answer = try await browser.perform(
            TransferRequest(
                method: .post, url: org.url + "/services/oauth2/token", headers: [.contentType: "application/x-www-form-urlencoded"],
                body: .bytes(Array(form.utf8))))
        return try JSONValue(parsing: answer.bytes)["refresh_token"]?.string ?? ""
    }

    /// Whether the org takes these credentials.
    func logsIn(_ credentials: SalesforceCredentials) async throws -> Bool {
        do {
            _ = try await OAuthClient(loginURL: org.url, http: browser).token(credentials)
            return true
        } catch {
            return false
        }
    }

    /// A parameter of an address's query.
    static func parameter(_ name: String, of address: String) -> String? {
        URLComponents(string: address)?.queryItems?.first { $0.name == name }?.value
    }
}
