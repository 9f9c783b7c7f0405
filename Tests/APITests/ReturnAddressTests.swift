import HTTPTypes
import Testing
import WebServer

@Suite("Where a browser is sent after a sign-in")
struct ReturnAddressTests {
    private static let base = "https://sluice.example.com"

    @Test(
        "paths of this server, its own addresses, and the machine in front of the person",
        arguments: [
            ("/connections/1?x=y#z", base + "/connections/1?x=y#z"), ("/", base + "/"), (base, base), (base + "/a", base + "/a"),
            ("https://SLUICE.example.com:443/a", "https://SLUICE.example.com:443/a"), ("http://localhost:18000", "http://localhost:18000"),
            ("http://127.0.0.1:5000/done", "http://127.0.0.1:5000/done"), ("http://[::1]:5000", "http://[::1]:5000"),
        ])
    func accepted(_ next: String, _ text: String) throws {
        #expect(try ReturnAddress(next, base: Self.base).text == text)
    }

    @Test(
        "everything else is refused",
        arguments: [
            "", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "http://evil.example",
            "https://sluice.example.com.evil.example", "https://sluice.example.com@evil.example",
            "https://evil.example/https://sluice.example.com",
            "http://sluice.example.com", "https://sluice.example.com:8443", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
            "ftp://localhost", "https:evil.example", "https:///evil.example", "http://localhost.evil.example",
            "http://localhost@evil.example",
            "http://127.0.0.1.evil.example", "http://user@localhost:1", "connections", "/a\r\nSet-Cookie: x=y", "/a\tb", " /a", "/\u{2028}",
            "http://localhost:18000 ", "http:\\\\localhost", "https://[evil", "/" + String(repeating: "a", count: 2000),
        ])
    func refused(_ next: String) {
        let error = #expect(throws: APIError.self) { try ReturnAddress(next, base: Self.base) }
        #expect(error?.status == .badRequest && error?.message.hasPrefix("next: expected") == true)
    }

    @Test("what went wrong is added to what is there already")
    func errors() throws {
        let told = try ReturnAddress("http://localhost:1/a?b=c", base: Self.base).adding(error: "access_denied", description: "no & never")
        #expect(told == "http://localhost:1/a?b=c&error=access_denied&error_description=no%20%26%20never")
    }
}
