import Catalog
import HTTPTransport
import Testing

@testable import Outlets

@Suite("Addresses of outlets")
struct OutletAddressTests {
    private static let own = AddressPolicy(allowed: [Network("127.0.0.0/8")!, Network("10.0.0.0/8")!])

    @Test(
        "an address that may be told is taken, and shown without what is secret in it",
        arguments: [
            (OutletKind.webhook, "https://hooks.example.com/a/b?token=s3cret", "https://hooks.example.com/a/b"),
            (.webhook, "https://user:pw@hooks.example.com/", "https://hooks.example.com/"),
            (.webhook, "http://127.0.0.1:8080/hook", "http://127.0.0.1:8080/hook"),
            (.webhook, "https://10.0.0.1/hook", "https://10.0.0.1/hook"),
            (.drain, "https://logs.example.com/in?key=s3cret", "https://logs.example.com/in"),
            (.drain, "syslog+tls://logs.example.com:12345", "syslog+tls://logs.example.com:12345"),
            (.drain, "syslog+tls://logs.example.com", "syslog+tls://logs.example.com:6514"),
            (.drain, "syslog://10.0.0.1", "syslog://10.0.0.1:514"),
            (.email, "ops@example.com", "ops@example.com"),
        ])
    func taken(kind: OutletKind, text: String, target: String) throws {
        #expect(try OutletAddress(text, kind: kind, policy: Self.own).target == target)
    }

    @Test(
        "what may not be told is refused with what was expected",
        arguments: [
            (OutletKind.webhook, "http://hooks.example.com/"), (.webhook, "http://8.8.8.8/"), (.webhook, "http://192.168.0.1/"),
            (.webhook, "https://192.168.0.1/"), (.webhook, "https://3232235521/"), (.webhook, "https://0xc0.0xa8.1/"),
            (.webhook, "https://[::1]/"), (.webhook, "https://169.254.169.254/latest/meta-data"),
            (.webhook, "ftp://example.com"), (.webhook, "file:///etc/passwd"), (.webhook, "gopher://example.com"), (.webhook, "https://"),
            (.webhook, "example.com"), (.webhook, ""), (.webhook, "https://exa mple.com"), (.webhook, "https://example.com/#x"),
            (.webhook, "https://example.com/\r\nX: y"), (.webhook, "https://example.com:99999/"), (.webhook, "syslog+tls://example.com"),
            (.drain, "syslog://logs.example.com"), (.drain, "syslog+tls://logs.example.com/path"),
            (.drain, "syslog+tls://user@logs.example.com"),
            (.drain, "http://logs.example.com"), (.email, "nobody"), (.email, "a@b@c"), (.email, "@example.com"),
            (.email, "a b@example.com"),
            (.email, "a@example.com\r\nRCPT TO:<b@example.com>"), (.email, "a>@example.com"),
        ])
    func refused(kind: OutletKind, text: String) {
        let error = #expect(throws: CatalogError.self) { try OutletAddress(text, kind: kind, policy: Self.own) }
        #expect(error?.code == .invalid)
        #expect(error?.message.hasPrefix("address: ") == true)
    }

    @Test(
        "without an operator's word no network of one's own is told",
        arguments: ["https://127.0.0.1/", "http://127.0.0.1/", "https://10.0.0.1/"])
    func strict(text: String) {
        #expect(throws: CatalogError.self) { try OutletAddress(text, kind: .webhook, policy: AddressPolicy()) }
    }

    @Test("pauses grow from ten seconds to an hour")
    func pauses() {
        #expect([1, 2, 3, 4].map { RetryPause.after(failures: $0) } == [.seconds(10), .seconds(20), .seconds(40), .seconds(80)])
        for failures in [10, 50, 1000] { #expect(RetryPause.after(failures: failures) == .seconds(3600)) }
    }

    @Test(
        "a variable that cannot be used is named",
        arguments: [
            ("SLUICE_ALLOWED_NETWORKS", ["SLUICE_ALLOWED_NETWORKS": "10.0.0.0/8,x"]),
            ("SLUICE_SMTP_URL", ["SLUICE_SMTP_URL": "mail.example.com"]),
            ("SLUICE_SMTP_URL", ["SLUICE_SMTP_URL": "smtp://user:pw@mail.example.com"]),
            ("SLUICE_MAIL_FROM", ["SLUICE_SMTP_URL": "smtp://mail.example.com"]),
        ])
    func faults(name: String, environment: [String: String]) {
        let fault = #expect(throws: OutletConfiguration.Fault.self) { try OutletConfiguration(environment: environment) }
        #expect(fault?.description.hasPrefix(name) == true)
    }

    @Test("mail goes in plain text within allowed networks only")
    func plainMail() throws {
        for (url, networks, plain) in [
            ("smtp://10.0.0.1:25", "10.0.0.0/8", true), ("smtp://10.0.0.1:25", "", false),
            ("smtp://mail.example.com:587", "10.0.0.0/8", false),
        ] {
            let configuration = try OutletConfiguration(
                environment: ["SLUICE_SMTP_URL": url, "SLUICE_MAIL_FROM": "sluice@example.com", "SLUICE_ALLOWED_NETWORKS": networks])
            #expect(configuration.mail?.allowsPlain == plain)
        }
    }
}
