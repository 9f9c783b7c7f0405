import Foundation
import Testing

@testable import SandboxOrg

@Suite("Malformed requests")
struct MalformedRequestTests {
    @Test("no request, however odd, gets a 500 or stops the org")
    func fuzz() async throws {
        try await TestOrg.with { org in
            var random = SplitMix(state: 11)
            let parts = [
                "sobjects", "Account", "describe", "query", "queryAll", "jobs", "ingest", "results", "composite", "limits", "recordCount",
                "%",
                "%zz", "%00", "001Sb0000000001", "External_Id__c", "A-000001", "updated", "deleted", "-1", "..", "é", "resultPages", "750",
            ]
            let bodies = [
                "", "{}", "[]", "null", "{\"records\":null}", "{\"records\":[{\"attributes\":{\"type\":5}}]}", "\u{0}", "{\"Name\":{}}",
                "{\"a\":[[[[",
                "{\"records\":[{\"attributes\":{\"type\":\"Account\"},\"Name\":1e308,\"Parent\":[]}],\"allOrNone\":\"x\"}", "{\"Id\":5}",
            ]
            let methods = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"]
            for _ in 0..<150 {
                let path = (0..<Int.random(in: 0...5, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
                    .joined(separator: "/")
                let target = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? ""
                let method = methods.randomElement(using: &random) ?? "GET"
                let body = method == "GET" || method == "HEAD" ? nil : bodies.randomElement(using: &random)
                let answer = try await org.call(
                    method, "/\(target)?q=\(Int.random(in: 0...9, using: &random))&fields=,&locator=%25", body: body)
                #expect(answer.status < 500, "\(method) \(path) \(body ?? "")")
            }
            #expect(try await org.get("/limits").status == 200)
        }
    }

    @Test("a body over 20 MB is refused, one below it is read")
    func size() async throws {
        try await TestOrg.with { org in
            let pad = String(repeating: " ", count: 10 * 1024 * 1024)
            let fits = try await org.call("POST", "/sobjects/Account", body: "{\"Name\":\"a\"\(pad)}")
            #expect(fits.status == 201)
            let exceeds = try await org.call("POST", "/sobjects/Account", body: "{\"Name\":\"a\"\(pad)\(pad)}")
            #expect(exceeds.status == 413)
        }
    }

    @Test("two servers run beside each other, and one that stopped is gone")
    func lifecycle() async throws {
        let first = try await SandboxServer.start()
        let second = try await SandboxServer.start()
        #expect(first.port != second.port)
        await first.stop()
        await #expect(throws: (any Error).self) { try await TestOrg.login(first.url) }
        #expect(try await !TestOrg.login(second.url).isEmpty)
        await #expect(throws: (any Error).self) {
            var options = SandboxOptions()
            options.port = second.port
            _ = try await SandboxServer.start(options)
        }
        await second.stop()
    }
}
