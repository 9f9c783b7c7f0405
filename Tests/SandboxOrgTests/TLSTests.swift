import COpenSSL
import Foundation
import Testing

@testable import SandboxOrg

@Suite("TLS")
struct TLSTests {
    private static let fields = "Id, Name, Type, Industry, Phone, Website, Description, AnnualRevenue, CreatedDate, SystemModstamp"

    private static var secure: SandboxOptions {
        var options = TestOrg.small
        options.tlsPort = 0
        options.proxyPort = 0
        return options
    }

    private func client(_ org: TestOrg, host: String = "login.salesforce.com", viaProxy: Bool = false) throws -> WireClient {
        let port = try #require(org.server.httpsURL.flatMap(URL.init(string:))?.port)
        let proxy = try #require(org.server.proxyURL.flatMap(URL.init(string:))?.port)
        return WireClient(port: port, host: host, authority: org.server.authorityPath, proxyPort: viaProxy ? proxy : nil)
    }

    @Test(
        "Salesforce's hosts are spoken for by TLS 1.2 and 1.3, with HTTP/1.1 by ALPN, directly and by the proxy",
        arguments: [
            "login.salesforce.com", "test.salesforce.com", "acme.my.salesforce.com", "acme--dev.sandbox.my.salesforce.com",
            "acme-dev-ed.develop.my.salesforce.com", "eu1.salesforce.com", "localhost",
        ])
    func hosts(host: String) async throws {
        try await TestOrg.with(Self.secure) { org in
            for (version, name) in [(TLS1_2_VERSION, "TLSv1.2"), (TLS1_3_VERSION, "TLSv1.3")] {
                for viaProxy in [false, true] {
                    var client = try client(org, host: host, viaProxy: viaProxy)
                    client.version = version
                    client.protocols = ["h2", "http/1.1"]
                    let answer = try await client.send("GET", "/services/data/v60.0/limits", token: org.token)
                    #expect(answer.status == 200 && answer.isWhole && answer.text.contains("DailyApiRequests"))
                    #expect(answer.version == name && answer.chosenProtocol == "http/1.1" && answer.end == .notified)
                }
            }
        }
    }

    @Test("another host, an unknown authority, an old version and another protocol come to no connection")
    func refusals() async throws {
        try await TestOrg.with(Self.secure) { org in
            var old = try client(org)
            old.version = TLS1_1_VERSION
            var strange = try client(org)
            strange.protocols = ["h2"]
            var unknown = try client(org)
            unknown.authority = nil
            for client in [try client(org, host: "example.com"), old, strange, unknown] {
                await #expect(throws: WireClient.Failure.handshake) { try await client.send("GET", "/services/data") }
            }
            #expect(try await client(org).send("GET", "/services/data").status == 200)
        }
    }

    @Test("what is large comes and goes whole")
    func large() async throws {
        var options = Self.secure
        options.rows["Account"] = 10_000
        try await TestOrg.with(options) { org in
            let job = try await org.bulk("SELECT \(Self.fields) FROM Account")
            let path = TestOrg.base + "/jobs/query/\(job)/results"
            let plain = try await org.get(path)
            let answer = try await client(org, viaProxy: true).send("GET", path, token: org.token)
            let isSame = answer.isWhole && answer.body == Array(plain.body)
            #expect(isSame && answer.body.count > 2_000_000)
            let ingest = try await org.call("POST", "/jobs/ingest", body: #"{"object":"Lead","operation":"insert"}"#)
            let url = try #require(ingest.object["contentUrl"] as? String)
            let rows = "LastName,Company\n" + (0..<20_000).map { "Name \($0),Company of many\n" }.joined()
            let sent = try await client(org).send(
                "PUT", "/" + url, token: org.token, headers: ["Content-Type": "text/csv"], body: Array(rows.utf8))
            #expect(sent.status == 201)
            let id = try #require(ingest.object["id"] as? String)
            #expect(try await org.call("PATCH", "/jobs/ingest/\(id)", body: #"{"state":"UploadComplete"}"#).status == 200)
            try await eventually { try await org.get("/jobs/ingest/\(id)").object["numberRecordsProcessed"] as? Int == 20_000 }
        }
    }

    @Test("a client that says first that it will say no more gets its answer all the same")
    func halfClose() async throws {
        try await TestOrg.with(Self.secure) { org in
            for version in [TLS1_2_VERSION, TLS1_3_VERSION] {
                var client = try client(org)
                client.version = version
                client.endsFirst = true
                let answer = try await client.send("GET", "/services/data/v60.0/sobjects/Account/describe", token: org.token)
                #expect(answer.status == 200 && answer.isWhole && answer.end == .notified)
            }
        }
    }

    @Test("trouble strikes over TLS as well")
    func trouble() async throws {
        try await TestOrg.with(Self.secure) { org in
            for viaProxy in [false, true] {
                for (kind, end) in [("close", WireAnswer.End.notified), ("reset", .reset), ("reset_after_commit", .reset)] {
                    #expect(try await org.call("POST", "/sandbox/trouble", body: #"{"kind":"\#(kind)","method":"PATCH"}"#).status == 204)
                    let lost = try await client(org, viaProxy: viaProxy).send(
                        "PATCH", TestOrg.base + "/sobjects/Account/External_Id__c/\(kind)", token: org.token,
                        headers: ["Content-Type": "application/json"], body: Array(#"{"Name":"n"}"#.utf8))
                    #expect(lost.status == nil && lost.body.isEmpty && lost.end == end, "\(kind)")
                    let found = try await org.query("SELECT Id FROM Account WHERE External_Id__c = '\(kind)'").records.count
                    #expect(found == (kind == "reset_after_commit" ? 1 : 0))
                }
                #expect(try await org.call("POST", "/sandbox/trouble", body: #"{"kind":"truncate","bytes":100}"#).status == 204)
                let broken = try await client(org, viaProxy: viaProxy).send("GET", TestOrg.base + "/sobjects", token: org.token)
                #expect(broken.status == 200 && broken.body.count == 100 && !broken.isWhole)
            }
        }
    }

    @Test("what is no TLS ends its connection, and no other one")
    func garbage() async throws {
        try await TestOrg.with(Self.secure) { org in
            let tls = try client(org)
            let proxy = try #require(org.server.proxyURL.flatMap(URL.init(string:))?.port)
            var random = SplitMix(state: 11)
            let hello: [UInt8] = [0x16, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3] + (0..<32).map { UInt8($0) } + [0, 0, 2, 0x13, 1, 1, 0, 0, 0]
            for round in 0..<60 {
                var bytes = round == 0 ? Array("GET / HTTP/1.1\r\n\r\n".utf8) : hello
                if round > 0 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
                // A length that was made greater waits for more, and the connection ends from here.
                let head = round.isMultiple(of: 2) ? Array("CONNECT a:443 HTTP/1.1\r\n\r\n".utf8) : []
                let status = await RawSocket.status(of: head + bytes, port: head.isEmpty ? tls.port : proxy, patience: .milliseconds(20))
                // The proxy says that it is connected before it sees what comes then, if the end does not overtake it.
                #expect(status == nil || !head.isEmpty && status == 200)
            }
            #expect(try await tls.send("GET", "/services/data").status == 200)
        }
    }

    @Test("a handshake that does not go on ends, before the proxy's CONNECT too")
    func halfOpen() async throws {
        var options = Self.secure
        options.handshakeTimeout = .milliseconds(50)
        try await TestOrg.with(options) { org in
            let client = try client(org)
            let proxy = try #require(org.server.proxyURL.flatMap(URL.init(string:))?.port)
            for (port, bytes) in [(client.port, []), (client.port, [0x16, 3, 1, 2]), (proxy, Array("CONN".utf8))] as [(Int, [UInt8])] {
                let answer = try await WireClient(port: port).exchange(bytes)
                // What is sent after the end is answered with a reset.
                #expect(answer.status == nil && answer.end != .notified)
            }
        }
    }

    @Test(
        "a proxy that is asked for something else says so",
        arguments: [
            ("GET http://login.salesforce.com/ HTTP/1.1\r\n\r\n", 405), ("CONNECT\r\n\r\n", 400), ("CONNECT a:443 SPDY\r\n\r\n", 400),
            ("CONNECT a:443 HTTP/1.1\r\nX: " + String(repeating: "x", count: 20_000), 431),
        ])
    func proxyRefusals(request: String, status: Int) async throws {
        try await TestOrg.with(Self.secure) { org in
            let proxy = try #require(org.server.proxyURL.flatMap(URL.init(string:))?.port)
            #expect(await RawSocket.status(of: Array(request.utf8), port: proxy, patience: .seconds(60)) == status)
        }
    }
}
