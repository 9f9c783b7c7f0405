import HTTPTransport
import RawHTTPServer
import Testing

@Suite("Which addresses may be connected to")
struct AddressPolicyTests {
    @Test(
        "what no public server has is refused, however it is written",
        arguments: [
            "127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
            "0.0.0.0",
            "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1",
            "fc00::1",
            "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1",
            "::127.0.0.1",
            "[::1]", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "0xA9FEA9FE",
        ])
    func reserved(host: String) {
        #expect(AddressPolicy().allows(host: host) == false)
    }

    @Test(
        "what is public is allowed, and of a name only the connection can tell",
        arguments: [
            ("8.8.8.8", true as Bool?), ("172.32.0.1", true), ("100.128.0.1", true), ("2606:4700::1111", true), ("[2606:4700::1111]", true),
            ("::ffff:8.8.8.8", true), ("example.com", nil), ("localhost", nil), ("127.1.example.com", nil),
        ])
    func open(host: String, expected: Bool?) {
        #expect(AddressPolicy().allows(host: host) == expected)
    }

    @Test("an operator's networks are allowed, and no others")
    func allowed() throws {
        let policy = AddressPolicy(allowed: ["10.1.0.0/16", "fd12::/16", "127.0.0.1"].compactMap { Network($0) })
        for (host, expected) in [
            ("10.1.255.1", true), ("10.2.0.1", false), ("fd12::5", true), ("fd13::5", false), ("127.0.0.1", true), ("127.0.0.2", false),
        ] {
            #expect(policy.allows(host: host) == expected, "\(host)")
        }
    }

    @Test(
        "what is no network is refused",
        arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "example.com/8", "10.0.0.0/8/8", "10.0.0.0/x", "::/129"])
    func malformed(text: String) {
        #expect(Network(text) == nil)
    }

    @Test(
        "a name that stands for a private address is refused before a byte is sent",
        arguments: ["localhost", "127.0.0.1", "127.1", "2130706433"])
    func names(host: String) async throws {
        let server = try RawHTTPServer(answering: { _ in RawAnswer(200) })
        defer { server.stop() }
        let url = "http://\(host):\(server.port)/"
        let strict = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none, addresses: AddressPolicy()))
        let error = await #expect(throws: HTTPTransportError.self) { _ = try await strict.perform(TransferRequest(url: url)) }
        #expect(error?.code == .addressRefused)
        #expect(error?.mayHaveReachedServer == false)
        #expect(server.connectionCount == 0)
        let networks = ["127.0.0.0/8", "::1"].compactMap { Network($0) }
        let lenient = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none, addresses: AddressPolicy(allowed: networks)))
        #expect(try await lenient.perform(TransferRequest(url: url)).status == 200)
    }
}
