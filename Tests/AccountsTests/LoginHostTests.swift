import Accounts
import Catalog
import Testing

@Suite("Login hosts that people may name")
struct LoginHostTests {
    private static let local = LoginHost.Rules(allowsLoopback: true)
    private static let none = LoginHost.Rules()

    @Test(
        "an environment has Salesforce's host, whatever domain comes with it",
        arguments: [
            (nil, nil, "https://login.salesforce.com"), ("production", "evil.example", "https://login.salesforce.com"),
            ("sandbox", nil, "https://test.salesforce.com"), ("custom", "acme.my.salesforce.com", "https://acme.my.salesforce.com"),
            ("custom", "https://Acme--uat.sandbox.my.salesforce.com/", "https://acme--uat.sandbox.my.salesforce.com"),
            ("custom", "https://acme.my.salesforce.com:443", "https://acme.my.salesforce.com"),
            ("custom", "acme.my.salesforce.mil", "https://acme.my.salesforce.mil"),
        ] as [(String?, String?, String)])
    func accepted(_ environment: String?, _ domain: String?, _ url: String) throws {
        #expect(try LoginHost(environment: environment, domain: domain, rules: Self.none).url == url)
    }

    @Test(
        "what would send the app's secret elsewhere is refused",
        arguments: [
            nil, "", "evil.example", "my.salesforce.com.evil.example", "evilsalesforce.com", "salesforce.com@evil.example",
            "acme.my.salesforce.com@evil",
            "https://user:pass@acme.my.salesforce.com", "http://acme.my.salesforce.com", "https://acme.my.salesforce.com:8443",
            "acme.my.salesforce.com/path", "acme.my.salesforce.com?x=y", "acme.my.salesforce.com#f", "evil.example\\.my.salesforce.com",
            "evil.example/.my.salesforce.com", "evil.example?.my.salesforce.com", "evil.example#.my.salesforce.com", "169.254.169.254",
            "10.0.0.1", "localhost", "127.0.0.1:8095", "http://127.0.0.1:8095", "[::1]", "acme.my.salesforce.com\r\nX: y",
            "acmé.my.salesforce.com",
            "file:///etc/passwd", "ftp://acme.my.salesforce.com", "//acme.my.salesforce.com", " acme.my.salesforce.com", "2130706433",
        ] as [String?])
    func refused(_ domain: String?) {
        let error = #expect(throws: CatalogError.self) { try LoginHost(environment: "custom", domain: domain, rules: Self.none) }
        #expect(error?.code == .invalid && error?.message.hasPrefix("domain: expected") == true)
    }

    @Test(
        "a server that nobody else reaches may use an org on the same machine, and operators may name others",
        arguments: [
            ("127.0.0.1:8095", "http://127.0.0.1:8095"), ("localhost:1", "http://localhost:1"),
            ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
            ("http://[::1]:8095/", "http://[::1]:8095"),
        ])
    func loopback(_ domain: String, _ url: String) throws {
        #expect(try LoginHost(environment: "custom", domain: domain, rules: Self.local).url == url)
        #expect(try LoginHost(environment: "custom", domain: domain, rules: LoginHost.Rules(extra: [url])).url == url)
        #expect(throws: CatalogError.self) {
            try LoginHost(environment: "custom", domain: domain, rules: LoginHost.Rules(extra: ["http://10.0.0.1"]))
        }
        #expect(throws: CatalogError.self) { try LoginHost(environment: "custom", domain: "127.evil.example", rules: Self.local) }
    }

    @Test("an environment that is none is named", arguments: ["", "PRODUCTION", "prod", "customs"])
    func environment(_ name: String) {
        let error = #expect(throws: CatalogError.self) { try LoginHost(environment: name, domain: nil, rules: Self.local) }
        #expect(error?.message.contains("environment: expected production, sandbox or custom") == true)
    }
}
