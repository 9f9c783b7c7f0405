import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg
@testable import SandboxStore

@Suite("Rules: owners and record types")
struct OwnerRuleTests {
    private static let user = RecordIDText.text(prefix: Array("005".utf8), number: 4)

    @Test("an inactive user owns no new record, and keeps the old ones")
    func inactive() async throws {
        try await RuleOrg.with([RuleOrg.invoice]) { org in
            _ = try await org.call("PATCH", "/sobjects/User/\(Self.user)", body: #"{"IsActive":true}"#)
            let id = try await org.create("Invoice__c", "{\"Name\":\"x\",\"OwnerId\":\"\(Self.user)\"}")
            _ = try await org.call("PATCH", "/sobjects/User/\(Self.user)", body: #"{"IsActive":false}"#)
            let kept = try await org.call("PATCH", "/sobjects/Invoice__c/\(id)", body: "{\"Name\":\"y\",\"OwnerId\":\"\(Self.user)\"}")
            #expect(kept.status == 204)
            let answer = try await org.call("POST", "/sobjects/Invoice__c", body: "{\"Name\":\"x\",\"OwnerId\":\"\(Self.user)\"}")
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INACTIVE_OWNER_OR_USER")
            #expect(
                answer.errorMessage == "operation performed with inactive user [\(Self.user.prefix(15))] as owner of invoice")
        }
    }

    @Test("who creates a record owns it, and nobody can own nothing")
    func owner() async throws {
        try await RuleOrg.with([RuleOrg.invoice]) { org in
            let id = try await org.create("Invoice__c", #"{"Name":"x"}"#)
            let me =
                try await org.query("SELECT Id FROM User WHERE Username = '\(SandboxCredentials.username)'").records.first?["Id"] as? String
            #expect(try await org.field("OwnerId", of: "Invoice__c", id) as? String == me)
            let answer = try await org.call("PATCH", "/sobjects/Invoice__c/\(id)", body: #"{"OwnerId":null}"#)
            #expect(answer.errorMessage == "Required fields are missing: [OwnerId]")
            let wrong = try await org.call("PATCH", "/sobjects/Invoice__c/\(id)", body: #"{"OwnerId":"001Sb0000000001"}"#)
            #expect(wrong.errorMessage == "Owner ID: id value of incorrect type: 001Sb0000000001")
        }
    }

    private static let recordType = """
        {"name":"RecordType","label":"Record Type","keyPrefix":"012","rows":0,"fields":[
          {"name":"Name","type":"string","length":80,"nillable":false,"nameField":true},
          {"name":"DeveloperName","type":"string","length":80},
          {"name":"SobjectType","type":"picklist","length":40,"picklistValues":["Invoice__c","Account"]},
          {"name":"IsActive","type":"boolean","defaultValue":"true"}
        ]}
        """

    @Test("a record gets its object's record type when it names none, and takes no inactive one and none of another object")
    func recordTypes() async throws {
        let field =
            #"{"name":"RecordTypeId","type":"reference","label":"Record Type ID","referenceTo":["RecordType"],"relationshipName":"RecordType","generate":{"kind":"none"}},"#
        let invoice = RuleOrg.invoice.replacingOccurrences(of: "\"fields\":[", with: "\"fields\":[" + field)
        try await RuleOrg.with([Self.recordType, invoice]) { org in
            let early = try await org.create("Invoice__c", #"{"Name":"x"}"#)
            #expect(try await org.field("RecordTypeId", of: "Invoice__c", early) is NSNull)
            func type(_ name: String, _ object: String) async throws -> String {
                try await org.create(
                    "RecordType", "{\"Name\":\"\(name)\",\"DeveloperName\":\"\(name)\",\"SobjectType\":\"\(object)\",\"IsActive\":true}")
            }
            let (big, small) = (try await type("Big", "Invoice__c"), try await type("Small", "Invoice__c"))
            let other = try await type("Person", "Account")
            let id = try await org.create("Invoice__c", #"{"Name":"x"}"#)
            #expect(try await org.field("RecordTypeId", of: "Invoice__c", id) as? String == big)
            let chosen = try await org.create("Invoice__c", "{\"Name\":\"x\",\"RecordTypeId\":\"\(small)\"}")
            #expect(try await org.query("SELECT Id FROM Invoice__c WHERE RecordType.DeveloperName = 'Small'").records.count == 1)
            _ = try await org.call("PATCH", "/sobjects/RecordType/\(small)", body: #"{"IsActive":false}"#)
            for wrong in [small, other] {
                let answer = try await org.call("POST", "/sobjects/Invoice__c", body: "{\"Name\":\"x\",\"RecordTypeId\":\"\(wrong)\"}")
                #expect(answer.status == 400 && answer.errorCode == "INVALID_CROSS_REFERENCE_KEY")
                #expect(answer.errorMessage == "Record Type ID: this ID value isn't valid for the user: \(wrong)")
                #expect(answer.list.first?["fields"] as? [String] == ["RecordTypeId"])
            }
            #expect(try await org.call("PATCH", "/sobjects/Invoice__c/\(chosen)", body: #"{"Name":"y"}"#).status == 204)
        }
    }

    private static let queues = [
        """
        {"name":"Group","label":"Group","keyPrefix":"00G","rows":0,"fields":[
          {"name":"Name","type":"string","length":40,"nillable":false,"nameField":true},
          {"name":"Type","type":"picklist","length":40,"picklistValues":["Regular","Queue"]}
        ]}
        """,
        """
        {"name":"QueueSobject","label":"Queue Sobject","keyPrefix":"03g","rows":0,"fields":[
          {"name":"QueueId","type":"reference","referenceTo":["Group"],"relationshipName":"Queue"},
          {"name":"SobjectType","type":"picklist","length":40,"picklistValues":["Invoice__c","Case"]}
        ]}
        """,
    ]

    @Test("a queue owns records of the objects it is for, and no other group owns any")
    func queues() async throws {
        let invoice = RuleOrg.invoice.replacingOccurrences(of: "[\"User\"]", with: "[\"Group\",\"User\"]")
        try await RuleOrg.with(Self.queues + [invoice]) { org in
            let id = try await org.create("Invoice__c", #"{"Name":"x"}"#)
            #expect((try await org.field("OwnerId", of: "Invoice__c", id) as? String)?.hasPrefix("005") ?? false)
            let regular = try await org.create("Group", #"{"Name":"Some","Type":"Regular"}"#)
            let queue = try await org.create("Group", #"{"Name":"Queue","Type":"Queue"}"#)
            func own(_ owner: String) async throws -> Answer {
                try await org.call("PATCH", "/sobjects/Invoice__c/\(id)", body: "{\"OwnerId\":\"\(owner)\"}")
            }
            let wrong = try await own(regular)
            #expect(wrong.errorCode == "MALFORMED_ID" && wrong.errorMessage == "Owner ID: id value of incorrect type: \(regular)")
            #expect(try await own(queue).errorMessage == "Queue not associated with this SObject type")
            _ = try await org.create("QueueSobject", "{\"QueueId\":\"\(queue)\",\"SobjectType\":\"Invoice__c\"}")
            #expect(try await own(queue).status == 204)
            #expect(try await org.field("OwnerId", of: "Invoice__c", id) as? String == queue)
        }
    }
}
