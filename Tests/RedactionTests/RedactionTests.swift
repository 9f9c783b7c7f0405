import Catalog
import HTTPTransport
import HTTPTypes
import OTLP
import Postgres
import Redaction
import Salesforce
import Secrets
import Testing

@Suite("What holds a secret does not show it, however it is described")
struct RedactionTests {
    /// Part of every secret below.
    static let secret = "s3cret"

    struct Holder {
        let held: Any
    }

    static func holders() throws -> [(name: String, value: Any)] {
        let url = "postgres://sluice:\(secret)@db.example:5432/app"
        let request = TransferRequest(
            method: .post, url: "https://user:\(secret)@org.example/path?token=\(secret)",
            headers: [.authorization: "Bearer \(secret)", .cookie: secret], body: .bytes(Array(secret.utf8)))
        return [
            ("Redacted", Redacted(wrappedValue: secret)),
            ("SealingKey", try SealingKey(base64: Base64.encode(Array("\(secret)-0123456789-0123456789-012345".utf8.prefix(32))))),
            ("PasswordHash", PasswordHash(text: secret)),
            ("PostgresConfiguration", try PostgresConfiguration(url: url)),
            ("HTTPClientConfiguration", HTTPClientConfiguration(proxy: .url("http://user:\(secret)@proxy.example:3128"))),
            ("TransferRequest", request), ("TransferRequest.Body", request.body),
            ("TransferResponseHead", TransferResponseHead(status: 200, headers: [.setCookie: "sid=\(secret)"])),
            (
                "CollectedResponse",
                CollectedResponse(
                    head: TransferResponseHead(status: 200, headers: [.setCookie: "sid=\(secret)"]), bytes: Array(secret.utf8))
            ),
            (
                "SpanExporter.Configuration",
                SpanExporter.Configuration(
                    endpoint: "http://localhost:4318/v1/traces", headers: [.authorization: secret], resource: [:], version: "1")
            ),
            ("SalesforceCredentials.clientCredentials", SalesforceCredentials.clientCredentials(clientID: "id", secret: secret)),
            (
                "SalesforceCredentials.password",
                SalesforceCredentials.password(username: "u", password: secret, clientID: "id", secret: secret)
            ),
            ("SalesforceCredentials.refreshToken", SalesforceCredentials.refreshToken(token: secret, clientID: "id", secret: secret)),
            ("SalesforceCredentials.jwt", SalesforceCredentials.jwt(username: "u", clientID: "id", privateKeyPEM: secret, audience: "a")),
            ("OAuthToken", OAuthToken(accessToken: secret, instanceURL: "https://org.example", identityURL: "i", refreshToken: secret)),
            (
                "SalesforceSession",
                SalesforceSession(
                    credentials: .clientCredentials(clientID: "id", secret: secret), loginURL: "https://org.example", http: HTTPClient(),
                    token: OAuthToken(accessToken: secret, instanceURL: "https://org.example", identityURL: "i"))
            ),
            ("NewConnection", try NewConnection(appName: "app", target: .url(url))),
        ]
    }

    @Test("by its description, its debug description, dump, and all of that within an array, an optional, a dictionary and a struct")
    func descriptions() throws {
        for (name, value) in try Self.holders() {
            for described in [value, [value], Optional.some(value) as Any, ["key": value], Holder(held: value)] {
                var dumped = ""
                dump(described, to: &dumped)
                for text in ["\(described)", String(reflecting: described), dumped] {
                    #expect(!Self.tells(text), "\(name): \(text)")
                }
            }
        }
    }

    /// The secret itself, or its bytes as an array of numbers shows them, on one line or one a line.
    private static func tells(_ text: String) -> Bool {
        let bytes = secret.utf8.map { "\($0)" }
        return text.contains(secret) || text.contains(bytes.joined(separator: ", ")) || text.contains(bytes.joined(separator: "\n"))
            || text.contains("- \(bytes[0])\n")
    }

    @Test("what people need to see is still there")
    func remains() throws {
        #expect(try PostgresConfiguration(url: "postgres://u:\(Self.secret)@db.example:5433/app").displayName == "db.example:5433/app")
        #expect("\(TransferRequest(method: .post, url: "https://org.example/path?q=1"))" == "POST https://org.example/path")
        let loud = try #require(HTTPField.Name("AUTHORIZATION"))
        let head = TransferResponseHead(status: 200, headers: [.accept: "application/json", loud: "Bearer x"])
        #expect("\(head)" == "200 [Accept: application/json, AUTHORIZATION: (redacted)]")
    }
}
