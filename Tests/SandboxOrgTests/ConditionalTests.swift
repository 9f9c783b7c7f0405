import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

@Suite("Layout and conditional requests")
struct ConditionalTests {
    @Test("a describe that the client has already is not sent again, in a composite with a null body")
    func notModified() async throws {
        try await TestOrg.with { org in
            let first = try await org.get("/sobjects/Account/describe")
            let modified = try #require(first.headers["last-modified"])
            #expect(first.headers["etag"] != nil)
            for path in ["/sobjects/Account/describe", "/sobjects"] {
                let again = try await org.get(path, headers: ["If-Modified-Since": modified])
                #expect(again.status == 304 && again.body.isEmpty)
                #expect(try await org.get(path, headers: ["If-Modified-Since": "Fri, 14 Aug 2020 20:53:02 GMT"]).status == 200)
                #expect(try await org.get(path, headers: ["If-Modified-Since": "yesterday"]).status == 200)
            }
            // composite_304_ETag_LastModified.json
            let composite = try await org.call(
                "POST", "/composite",
                body: "{\"compositeRequest\":[{\"referenceId\":\"r\",\"method\":\"GET\",\"url\":\"/services/data/v60.0/sobjects\","
                    + "\"httpHeaders\":{\"If-Modified-Since\":\"\(modified)\"}}]}")
            let answer = try #require((composite.object["compositeResponse"] as? [[String: Any]])?.first)
            #expect(answer["httpStatusCode"] as? Int == 304 && answer["body"] is NSNull)
            #expect(Set((answer["httpHeaders"] as? [String: String] ?? [:]).keys) == ["ETag", "Last-Modified"])
        }
    }

    @Test("X-PrettyPrint lays JSON out as recorded")
    func prettyPrint() async throws {
        let json = #"{"totalSize":2,"records":[{"a":{"type":"X"},"b":null},{"c":"x\"{,:","d":[]}],"e":{},"f":[1,2]}"#
        let text = Array(json.utf8).withUnsafeBufferPointer { String(decoding: PrettyPrinter.print($0), as: UTF8.self) }
        #expect(
            text == """
                {
                  "totalSize" : 2,
                  "records" : [ {
                    "a" : {
                      "type" : "X"
                    },
                    "b" : null
                  }, {
                    "c" : "x\\"{,:",
                    "d" : [ ]
                  } ],
                  "e" : { },
                  "f" : [ 1, 2 ]
                }
                """)
        try await TestOrg.with { org in
            let pretty = try await org.get("/sobjects/Account/describe", headers: ["X-PrettyPrint": "1"])
            let plain = try await org.get("/sobjects/Account/describe")
            #expect(pretty.text.hasPrefix("{\n  \"actionOverrides\" : [ ],\n"))
            #expect(NSDictionary(dictionary: pretty.object) == NSDictionary(dictionary: plain.object))
        }
    }

    @Test("HTTP dates are read as they are written")
    func dates() {
        #expect(HTTPDate.text(1_597_438_382) == "Fri, 14 Aug 2020 20:53:02 GMT")
        #expect(HTTPDate.parse("Fri, 14 Aug 2020 20:53:02 GMT") == 1_597_438_382)
        #expect(
            HTTPDate.parse("") == nil && HTTPDate.parse("a b c d e GMT") == nil && HTTPDate.parse("Fri, 99 Aug 2020 20:53:02 GMT") == nil)
    }
}
