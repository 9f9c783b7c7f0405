import HTTPTransport
import HTTPTypes
import SandboxOrg
import Testing

@Suite("HTTPClient: TLS", .timeLimit(.minutes(20)))
struct HTTPClientTLSTests {
    private func withServer(_ body: (SandboxServer) async throws -> Void) async throws {
        var options = SandboxOptions()
        options.rows = ["Account": 1]
        options.tlsPort = 0
        options.proxyPort = 0
        let server = try await SandboxServer.start(options)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func client(_ server: SandboxServer, trusts: Bool = true, viaProxy: Bool = false) throws -> HTTPClient {
        let proxy = try #require(server.proxyURL)
        return HTTPClient(
            configuration: HTTPClientConfiguration(caFile: trusts ? server.authorityPath : nil, proxy: viaProxy ? .url(proxy) : .none))
    }

    @Test("a server is spoken to by TLS when its authority is trusted, directly and through a proxy")
    func trusted() async throws {
        try await withServer { server in
            let direct = try await client(server).perform(TransferRequest(url: try #require(server.httpsURL) + "/services/data"))
            #expect(direct.status == 200)
            let proxied = try await client(server, viaProxy: true)
                .perform(TransferRequest(url: "https://login.salesforce.com/services/data"))
            #expect(proxied.status == 200)
        }
    }

    @Test("an unknown authority and another host's certificate are refused, and nothing of the request is told")
    func refused() async throws {
        try await withServer { server in
            let url = try #require(server.httpsURL)
            for (client, url) in [
                (try client(server, trusts: false), url), (try client(server, viaProxy: true), "https://example.com"),
            ] {
                let error = await #expect(throws: HTTPTransportError.self) {
                    _ = try await client.perform(TransferRequest(method: .post, url: url + "/services/data?secret", body: .bytes([1])))
                }
                #expect(error?.code == .tls && error?.description.contains("secret") == false)
            }
        }
    }
}
