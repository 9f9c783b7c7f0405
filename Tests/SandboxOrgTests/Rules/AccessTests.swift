import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Rules: what the user may see and do")
struct AccessTests {
    private static let object = """
        {"name":"Secret__c","label":"Secret","keyPrefix":"a0W","rows":0,"fields":[
          {"name":"Name","type":"string","length":80,"nillable":false,"nameField":true},
          {"name":"Hidden__c","type":"string","length":80,"access":"hidden"},
          {"name":"Fixed__c","type":"string","length":80,"access":"readOnly"}
        ]}
        """

    @Test("a hidden field is in no describe, row or query, and cannot be written")
    func hidden() async throws {
        try await RuleOrg.with([Self.object]) { org in
            let id = try await org.create("Secret__c", #"{"Name":"x"}"#)
            let fields = try await org.get("/sobjects/Secret__c/describe").object["fields"] as? [[String: Any]] ?? []
            #expect(!fields.contains { $0["name"] as? String == "Hidden__c" })
            #expect(try await org.get("/sobjects/Secret__c/\(id)").object["Hidden__c"] == nil)
            #expect(try await org.query("SELECT FIELDS(ALL) FROM Secret__c LIMIT 1").records.first?["Hidden__c"] == nil)
            let query = try await org.query("SELECT Hidden__c FROM Secret__c")
            #expect(query.errorCode == "INVALID_FIELD")
            #expect(query.errorMessage?.contains("No such column 'Hidden__c' on entity 'Secret__c'.") ?? false)
            let write = try await org.call("POST", "/sobjects/Secret__c", body: #"{"Name":"x","Hidden__c":"y","Fixed__c":"z"}"#)
            #expect(write.errorCode == "INVALID_FIELD_FOR_INSERT_UPDATE")
            #expect(write.list.first?["fields"] as? [String] == ["Hidden__c", "Fixed__c"])
            #expect(write.errorMessage?.hasPrefix("Unable to create/update fields: Hidden__c, Fixed__c. ") ?? false)
        }
    }

    @Test("a read-only field is described and read, and neither createable nor updateable")
    func readOnly() async throws {
        try await RuleOrg.with([Self.object]) { org in
            let id = try await org.create("Secret__c", #"{"Name":"x"}"#)
            let fields = try await org.get("/sobjects/Secret__c/describe").object["fields"] as? [[String: Any]] ?? []
            let field = try #require(fields.first { $0["name"] as? String == "Fixed__c" })
            #expect(field["createable"] as? Bool == false && field["updateable"] as? Bool == false)
            let write = try await org.call("PATCH", "/sobjects/Secret__c/\(id)", body: #"{"Fixed__c":"y"}"#)
            #expect(write.status == 400 && write.errorCode == "INVALID_FIELD_FOR_INSERT_UPDATE")
        }
    }

    @Test("an object that the user may not write refuses every write")
    func objects() async throws {
        let object = Self.object.replacingOccurrences(
            of: "\"rows\":0", with: #""rows":3,"createable":false,"updateable":false,"deletable":false"#)
        try await RuleOrg.with([object]) { org in
            let id = RecordIDText.text(prefix: Array("a0W".utf8), number: 1)
            let refusal =
                #"[{"message":"insufficient access rights on object id","errorCode":"INSUFFICIENT_ACCESS_OR_READONLY","fields":[]}]"#
            let answers = [
                try await org.call("POST", "/sobjects/Secret__c", body: #"{"Name":"x"}"#),
                try await org.call("PATCH", "/sobjects/Secret__c/\(id)", body: #"{"Name":"x"}"#),
                try await org.call("DELETE", "/sobjects/Secret__c/\(id)"),
            ]
            #expect(answers.map(\.status) == [403, 403, 403])
            #expect(answers.map(\.text) == [refusal, refusal, refusal])
            let describe = try await org.get("/sobjects/Secret__c/describe").object
            for flag in ["createable", "updateable", "deletable"] { #expect(describe[flag] as? Bool == false) }
        }
    }

    private func change(_ org: TestOrg, _ body: String) async throws {
        let answer = try await org.call("POST", "/sandbox/schema", body: body)
        #expect(answer.status == 200, "\(answer.text)")
    }

    @Test("fields and objects are closed and opened while the org runs, and lose nothing by it")
    func whileRunning() async throws {
        try await RuleOrg.with([RuleOrg.invoice]) { org in
            let id = try await org.create("Invoice__c", #"{"Name":"x","Amount__c":5}"#)
            try await change(org, #"{"change":"change_field","object":"Invoice__c","field":"Amount__c","set":{"access":"hidden"}}"#)
            #expect(try await org.query("SELECT Amount__c FROM Invoice__c").errorCode == "INVALID_FIELD")
            let write = try await org.call("PATCH", "/sobjects/Invoice__c/\(id)", body: #"{"Amount__c":6}"#)
            #expect(write.errorCode == "INVALID_FIELD_FOR_INSERT_UPDATE")
            try await change(org, #"{"change":"change_field","object":"Invoice__c","field":"Amount__c","set":{"access":null}}"#)
            #expect((try await org.field("Amount__c", of: "Invoice__c", id) as? NSNumber)?.doubleValue == 5)
            try await change(org, #"{"change":"change_object","object":"Invoice__c","set":{"deletable":false}}"#)
            #expect(try await org.get("/sobjects/Invoice__c/describe").object["deletable"] as? Bool == false)
            #expect(try await org.call("DELETE", "/sobjects/Invoice__c/\(id)").errorCode == "INSUFFICIENT_ACCESS_OR_READONLY")
            try await change(org, #"{"change":"change_object","object":"Invoice__c","set":{"deletable":null}}"#)
            #expect(try await org.call("DELETE", "/sobjects/Invoice__c/\(id)").status == 204)
            let wrong = try await org.call(
                "POST", "/sandbox/schema", body: #"{"change":"change_object","object":"Invoice__c","set":{"label":"x"}}"#)
            #expect(wrong.errorMessage == "set.label: expected true, false or null")
        }
    }
}
