import Foundation
import Testing

@testable import SandboxOrg

@Suite("Files beside their records")
struct MultipartTests {
    private static func body(_ parts: [(name: String, type: String, text: String)]) -> String {
        parts.map { part in
            let file = part.type == "application/json" ? "" : "; filename=\"a.bin\""
            return
                "--edge\r\nContent-Disposition: form-data; name=\"\(part.name)\"\(file)\r\nContent-Type: \(part.type)\r\n\r\n\(part.text)\r\n"
        }.joined() + "--edge--\r\n"
    }

    private static let headers = ["Content-Type": "multipart/form-data; boundary=\"edge\""]

    @Test("an attachment is inserted and updated with its bytes in a part of their own")
    func single() async throws {
        try await TestOrg.with { org in
            let parent = try #require(try await org.query("SELECT Id FROM Account LIMIT 1").records.first?["Id"] as? String)
            let made = try await org.call(
                "POST", "/sobjects/Attachment", headers: Self.headers,
                body: Self.body([
                    ("entity_attachment", "application/json", #"{"Name":"a.txt","ParentId":"\#(parent)"}"#),
                    ("Body", "text/plain", "line one\r\nline two ü"),
                ]))
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(made.object["id"] as? String)
            #expect(try await org.get("/sobjects/Attachment/\(id)/Body").text == "line one\r\nline two ü")
            let changed = try await org.call(
                "PATCH", "/sobjects/Attachment/\(id)", headers: Self.headers,
                body: Self.body([("entity_content", "application/json", #"{"Name":"b.txt"}"#), ("Body", "text/plain", "other")]))
            #expect(changed.status == 204, "\(changed.text)")
            #expect(try await org.get("/sobjects/Attachment/\(id)/Body").text == "other")
            #expect(try await org.get("/sobjects/Attachment/\(id)").object["Name"] as? String == "b.txt")
        }
    }

    @Test("a collection names the part of each record's file")
    func collection() async throws {
        try await TestOrg.with { org in
            let parent = try #require(try await org.query("SELECT Id FROM Account LIMIT 1").records.first?["Id"] as? String)
            let records = ["one", "two"].map { name in
                """
                {"attributes":{"type":"Attachment","binaryPartName":"\(name)","binaryPartNameAlias":"Body"},"Name":"\(name)","ParentId":"\(parent)"}
                """
            }
            let answer = try await org.call(
                "POST", "/composite/sobjects", headers: Self.headers,
                body: Self.body([
                    ("collection", "application/json", #"{"records":[\#(records.joined(separator: ","))]}"#),
                    ("one", "text/plain", "1"), ("two", "text/plain", "2"),
                ]))
            let ids = answer.list.compactMap { $0["id"] as? String }
            #expect(ids.count == 2, "\(answer.text)")
            for (id, text) in zip(ids, ["1", "2"]) { #expect(try await org.get("/sobjects/Attachment/\(id)/Body").text == text) }
        }
    }

    @Test("parts that do not fit together are refused, and other places take no parts")
    func refusals() async throws {
        try await TestOrg.with { org in
            let noEntity = Self.body([("Body", "text/plain", "x")])
            let answer = try await org.call("POST", "/sobjects/Attachment", headers: Self.headers, body: noEntity)
            #expect(answer.status == 400 && answer.errorCode == "INVALID_MULTIPART_REQUEST", "\(answer.text)")
            let lost = #"{"records":[{"attributes":{"type":"Attachment","binaryPartName":"x","binaryPartNameAlias":"Body"}}]}"#
            let missing = try await org.call(
                "POST", "/composite/sobjects", headers: Self.headers, body: Self.body([("collection", "application/json", lost)]))
            #expect(missing.status == 400 && missing.errorCode == "INVALID_MULTIPART_REQUEST")
            #expect(try await org.call("POST", "/composite", headers: Self.headers, body: noEntity).status == 415)
        }
    }
}
