import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

/// Every kind of answer, key by key. The fixtures were written from what real orgs answered.
@Suite("Golden shapes")
struct GoldenTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    @Test(
        "answers have exactly the keys, types, status and headers of recorded ones",
        arguments: [
            "oauth", "describe", "query", "records", "errors", "collections", "composite", "replication", "limits", "bulk", "streaming",
            "people",
        ])
    func shapes(fixture: String) async throws {
        let data = try Data(contentsOf: Self.fixtures.appending(path: "\(fixture).json"))
        let steps = try #require(try JSONParser.parse([UInt8](data)).array)
        try await TestOrg.with { org in
            let now = Date.now
            var known = [
                "token": org.token, "start": Self.moment(now.addingTimeInterval(-3600)), "end": Self.moment(now.addingTimeInterval(3600)),
            ]
            for written in steps {
                let step = try GoldenStep(written, known: known)
                let answer = try await send(step, to: org)
                check(answer, step)
                guard !step.save.isEmpty else { continue }
                let json = try JSONParser.parse([UInt8](answer.body))
                for (name, path) in step.save {
                    let text: String = try #require(GoldenStep.text(at: path, in: json), "\(step.name): \(path)")
                    known[name] = text
                }
            }
        }
    }

    private static func moment(_ date: Date) -> String { date.formatted(.iso8601).replacing(":", with: "%3A") }

    /// Paths may be whole addresses, or lie below `/services/data/v60.0`.
    private func send(_ step: GoldenStep, to org: TestOrg) async throws -> Answer {
        let isRooted = ["/services", "/cometd"].contains { step.path.hasPrefix($0) }
        let url = step.path.hasPrefix("http") ? step.path : org.server.url + (isRooted ? "" : TestOrg.base) + step.path
        let usual = ["Authorization": "Bearer \(org.token)", "Content-Type": "application/json"]
        return try await TestOrg.request(step.method, url, headers: usual.merging(step.requestHeaders) { $1 }, body: step.body)
    }

    private func check(_ answer: Answer, _ step: GoldenStep) {
        #expect(answer.status == step.status, "\(step.name): \(answer.text.prefix(300))")
        for (name, value) in headers(of: step) {
            let found = answer.headers[name]
            #expect(found?.hasPrefix(value) ?? false, "\(step.name): \(name) is \(found ?? "missing")")
        }
        guard let shape = step.shape else {
            #expect(answer.body.isEmpty, "\(step.name)")
            return
        }
        guard let json = try? JSONParser.parse([UInt8](answer.body)) else {
            Issue.record("\(step.name): no JSON: \(answer.text.prefix(300))")
            return
        }
        for difference in shape.differences(json) { Issue.record("\(step.name): \(difference)") }
    }

    /// What every answer has, and what this one has besides.
    private func headers(of step: GoldenStep) -> [String: String] {
        var headers = [
            "date": "", "server": "sfdcedge", "set-cookie": "", "strict-transport-security": "max-age=63072000; includeSubDomains",
            "x-content-type-options": "nosniff", "x-robots-tag": "none", "vary": "Accept-Encoding", "x-sfdc-request-id": "",
            "cache-control": "no-cache,must-revalidate,max-age=0,no-store,private",
        ]
        if step.shape != nil { headers["content-type"] = "application/json;charset=UTF-8" }
        if !["/services/oauth2", "http", "/cometd"].contains(where: step.path.hasPrefix), step.path != "/services/data/" {
            headers["sforce-limit-info"] = "api-usage="
        }
        return headers.merging(step.headers) { $1 }
    }

    @Test("every request has a number of its own")
    func requestNumbers() async throws {
        try await TestOrg.with { org in
            let first = try await org.get("/limits").headers["x-sfdc-request-id"]
            let second = try await org.get("/limits").headers["x-sfdc-request-id"]
            #expect(first?.count == 32)
            #expect(first != second)
        }
    }

    @Test(
        "a shape tells a missing key, an extra one, and another type",
        arguments: [
            (#"{"a":"string","b":"integer"}"#, #"{"a":"x"}"#, "$.b: missing"),
            (#"{"a":"string"}"#, #"{"a":"x","c":1}"#, "$.c: not expected"),
            (#"{"a":"string"}"#, #"{"a":null}"#, "$.a: expected string"),
            (#"{"a":"integer"}"#, #"{"a":1.0}"#, "$.a: expected integer"),
            (#"["id"]"#, #"["001Sb0000000001AAA","1"]"#, "$[1]: expected id"),
            (#"["id"]"#, "[]", "$: expected 1 elements"), ("[]", "[1]", "$: expected 0 elements"),
            (#"["=a","=b"]"#, #"["a","c"]"#, "$[1]: expected =b"), (#"{"*":"bool"}"#, #"{"x":true,"y":1}"#, "$.y: expected bool"),
            ("true", "false", "$: expected"),
        ])
    func shapeDifferences(shape: String, value: String, difference: String) throws {
        let found = GoldenShape(shape: try JSONParser.parse(Array(shape.utf8))).differences(try JSONParser.parse(Array(value.utf8)))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(difference) ?? false, "\(found)")
    }
}
