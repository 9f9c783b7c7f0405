import Foundation
import Testing

@testable import SandboxOrg

@Suite("Conditional requests on records")
struct RecordConditionTests {
    @Test("an account's tag and time tell whether a copy is good, and a write meant for another version is refused")
    func account() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            let path = "/sobjects/Account/\(try await id(of: "Account", org))"
            let first = try await org.get(path, headers: ["Accept-Encoding": "identity"])
            let tag = try #require(first.headers["etag"])
            let modified = try #require(first.headers["last-modified"])
            #expect(tag.hasPrefix("\"") && tag.count == 10)
            for headers in [
                ["If-None-Match": tag], ["If-None-Match": "\"x\", W/\(tag)"], ["If-None-Match": tag.replacing(/"$/, with: "-gzip\"")],
                ["If-Modified-Since": modified],
            ] {
                let same = try await org.get(path, headers: headers)
                #expect(same.status == 304 && same.body.isEmpty && same.headers["etag"]?.replacing("-gzip", with: "") == tag, "\(headers)")
            }
            clock.advance(5)
            #expect(try await org.call("PATCH", path, headers: ["If-Match": tag], body: #"{"Name":"changed"}"#).status == 204)
            #expect(try await org.get(path, headers: ["If-None-Match": tag]).status == 200)
            #expect(try await org.get(path, headers: ["If-Modified-Since": modified]).status == 200)
            for headers in [["If-Match": tag], ["If-Unmodified-Since": modified]] {
                for (method, body) in [("PATCH", #"{"Name":"lost"}"#), ("GET", nil)] {
                    let refused = try await org.call(method, path, headers: headers, body: body)
                    #expect(refused.status == 412 && refused.errorCode == "MATCH_PRECONDITION_FAILED", "\(method) \(headers)")
                }
            }
            #expect(try await org.get(path).object["Name"] as? String == "changed")
            #expect(try await org.call("DELETE", path, headers: ["If-Match": tag]).status == 204)
        }
    }

    @Test("two changes within a second have different tags")
    func sameSecond() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            let path = "/sobjects/Account/\(try await id(of: "Account", org))"
            var tags: Set<String> = []
            for name in ["a", "b"] {
                #expect(try await org.call("PATCH", path, body: #"{"Name":"\#(name)"}"#).status == 204)
                tags.insert(try #require(try await org.get(path).headers["etag"]))
            }
            #expect(tags.count == 2)
        }
    }

    @Test("other records have a time alone")
    func others() async throws {
        try await TestOrg.with { org in
            let path = "/sobjects/Contact/\(try await id(of: "Contact", org))"
            let answer = try await org.get(path)
            #expect(answer.headers["etag"] == nil)
            let modified = try #require(answer.headers["last-modified"])
            #expect(try await org.get(path, headers: ["If-Modified-Since": modified]).status == 304)
            #expect(try await org.get(path, headers: ["If-Modified-Since": "yesterday"]).status == 200)
            let composite = try await org.call(
                "POST", "/composite",
                body: """
                    {"compositeRequest":[{"method":"GET","url":"\(TestOrg.base)\(path)","referenceId":"a",
                    "httpHeaders":{"If-Modified-Since":"\(modified)"}}]}
                    """)
            let one = try #require((composite.object["compositeResponse"] as? [[String: Any]])?.first)
            #expect(one["httpStatusCode"] as? Int == 304 && one["body"] is NSNull)
            #expect((one["httpHeaders"] as? [String: String])?["Last-Modified"] == modified)
        }
    }

    private func id(of object: String, _ org: TestOrg) async throws -> String {
        try #require(try await org.query("SELECT Id FROM \(object) LIMIT 1").records.first?["Id"] as? String)
    }
}
