import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

@Suite("Rules: masters, details and lookups")
struct RelationshipRuleTests {
    private func isDeleted(_ org: TestOrg, _ object: String, _ id: String) async throws -> Bool? {
        try await org.field("IsDeleted", of: object, id) as? Bool
    }

    @Test("a master takes its details along, at every depth, with stamps, delete log and events, and brings them back")
    func cascade() async throws {
        try await ProjectOrg.with { org in
            let plan = try await org.create("Plan__c", #"{"Name":"P"}"#)
            let step = try await org.create("Step__c", "{\"Name\":\"S\",\"Plan__c\":\"\(plan)\"}")
            let other = try await org.create("Step__c", "{\"Name\":\"T\",\"Plan__c\":\"\(plan)\"}")
            let note = try await org.create("Note__c", "{\"Name\":\"N\",\"Step__c\":\"\(step)\"}")
            try await org.advance(10)
            #expect(try await org.call("DELETE", "/sobjects/Step__c/\(other)").status == 204)
            let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            try await org.advance(20)
            #expect(try await org.call("DELETE", "/sobjects/Plan__c/\(plan)").status == 204)
            for (object, id) in [("Plan__c", plan), ("Step__c", step), ("Note__c", note)] {
                #expect(try await isDeleted(org, object, id) == true)
                #expect(try await org.get("/sobjects/\(object)/\(id)").errorCode == "ENTITY_IS_DELETED")
            }
            let stamps = [
                try await org.field("SystemModstamp", of: "Plan__c", plan) as? String,
                try await org.field("SystemModstamp", of: "Note__c", note) as? String,
            ]
            #expect(stamps[0] != nil && stamps[0] == stamps[1])
            let events = try await subscriber.events(3).map(ReceivedEvent.init)
            #expect(Set(events.map(\.kind)) == ["DELETE"])
            #expect(Set(events.flatMap(\.ids)) == [plan, step, note])
            #expect(Set(events.map { $0.header["transactionKey"] as? String }).count == 1)
            #expect(
                try await org.call("POST", "/sandbox/undelete", body: "{\"ids\":[\"\(plan)\"]}").list.first?["success"] as? Bool == true)
            #expect(try await isDeleted(org, "Note__c", note) == false)
            #expect(try await isDeleted(org, "Step__c", step) == false)
            // It was in the recycle bin before.
            #expect(try await isDeleted(org, "Step__c", other) == true)
            let undeleted = try await subscriber.events(3).map(ReceivedEvent.init)
            #expect(Set(undeleted.map(\.kind)) == ["UNDELETE"])
        }
    }

    @Test("what is deleted with its master is in the delete log, and past the recycle bin when the master is")
    func purge() async throws {
        try await ProjectOrg.with { org in
            let plan = try await org.create("Plan__c", #"{"Name":"P"}"#)
            let step = try await org.create("Step__c", "{\"Name\":\"S\",\"Plan__c\":\"\(plan)\"}")
            let answer = try await org.call("POST", "/sandbox/hard-delete", body: "{\"ids\":[\"\(plan)\"]}")
            #expect(answer.list.first?["success"] as? Bool == true)
            #expect(try await org.query("SELECT Id FROM Step__c", all: true).records.isEmpty)
            let stats = try await org.get("/sandbox/stats").object["rows"] as? [String: Any]
            #expect(stats?["Step__c"] as? Int == 0)
            let window = "start=2020-01-01T00%3A00%3A00Z&end=2099-01-01T00%3A00%3A00Z"
            let refused = try await org.get("/sobjects/Step__c/deleted/?\(window)")
            #expect(refused.errorCode == "INVALID_REPLICATION_DATE")
            let now = Int(Date().timeIntervalSince1970)
            let (start, end) = (CivilTime.restText(Int64(now - 3600)), CivilTime.restText(Int64(now + 3600)))
            let path = "/sobjects/Step__c/deleted/?start=\(start)&end=\(end)".replacingOccurrences(of: "+", with: "%2B")
            let deleted = try await org.get(path).object["deletedRecords"] as? [[String: Any]]
            #expect(deleted?.map { $0["id"] as? String } == [step])
        }
    }

    @Test("a detail needs a living master, changes it only where that is allowed, and is not undeleted without it")
    func detail() async throws {
        try await ProjectOrg.with { org in
            let missing = try await org.call("POST", "/sobjects/Step__c", body: #"{"Name":"S"}"#)
            #expect(missing.errorMessage == "Required fields are missing: [Plan__c]")
            let (first, second) = (try await org.create("Plan__c", #"{"Name":"P"}"#), try await org.create("Plan__c", #"{"Name":"Q"}"#))
            let step = try await org.create("Step__c", "{\"Name\":\"S\",\"Plan__c\":\"\(first)\"}")
            #expect(try await org.call("PATCH", "/sobjects/Step__c/\(step)", body: "{\"Plan__c\":\"\(second)\"}").status == 204)
            let note = try await org.create("Note__c", "{\"Name\":\"N\",\"Step__c\":\"\(step)\"}")
            let moved = try await org.call("PATCH", "/sobjects/Note__c/\(note)", body: "{\"Step__c\":\"\(step)\"}")
            #expect(moved.errorCode == "INVALID_FIELD_FOR_INSERT_UPDATE")
            #expect(
                moved.errorMessage
                    == "Unable to create/update fields: Step__c. Please check the security settings of this field and verify that it is read/write for your profile or permission set."
            )
            _ = try await org.call("DELETE", "/sobjects/Plan__c/\(second)")
            let orphan = try await org.call("POST", "/sandbox/undelete", body: "{\"ids\":[\"\(step)\"]}")
            #expect(((orphan.list.first?["errors"] as? [[String: Any]])?.first?["statusCode"] as? String) == "ENTITY_IS_DELETED")
            let late = try await org.call("POST", "/sobjects/Step__c", body: "{\"Name\":\"S\",\"Plan__c\":\"\(second)\"}")
            #expect(late.errorCode == "ENTITY_IS_DELETED")
        }
    }

    @Test("a lookup that restricts refuses the parent's delete by name, on every way to delete, and undoes nothing half")
    func restrict() async throws {
        try await ProjectOrg.with { org in
            let plan = try await org.create("Plan__c", #"{"Name":"Plan 9"}"#)
            let step = try await org.create("Step__c", "{\"Name\":\"S\",\"Plan__c\":\"\(plan)\"}")
            let deal = try await org.create("Deal__c", "{\"Name\":\"Big deal\",\"Plan__c\":\"\(plan)\"}")
            let text =
                "Your attempt to delete Plan 9 could not be completed because it is associated with the following deals.: Big deal\n"
            let single = try await org.call("DELETE", "/sobjects/Plan__c/\(plan)")
            #expect(single.status == 400)
            #expect(single.errorCode == "DELETE_FAILED" && single.errorMessage == text)
            let collection = try await org.call("DELETE", "/composite/sobjects?ids=\(plan),\(step)&allOrNone=true")
            #expect(collection.text.contains("ALL_OR_NONE_OPERATION_ROLLED_BACK"))
            #expect(try await isDeleted(org, "Step__c", step) == false)
            let hard = try await org.call("POST", "/sandbox/hard-delete", body: "{\"ids\":[\"\(plan)\"]}")
            #expect(hard.text.contains("DELETE_FAILED"))
            #expect(try await org.call("DELETE", "/sobjects/Deal__c/\(deal)").status == 204)
            #expect(try await org.call("DELETE", "/sobjects/Plan__c/\(plan)").status == 204)
        }
    }

    @Test("a lookup that is cleared gets a new stamp but no new modification, and comes back with its parent")
    func clear() async throws {
        try await ProjectOrg.with { org in
            let keeper = try await org.create("Plan__c", #"{"Name":"K"}"#)
            let step = try await org.create("Step__c", "{\"Name\":\"S\",\"Plan__c\":\"\(keeper)\"}")
            let plan = try await org.create("Plan__c", #"{"Name":"P"}"#)
            let note = try await org.create("Note__c", "{\"Name\":\"N\",\"Step__c\":\"\(step)\",\"Plan__c\":\"\(plan)\"}")
            let before = try await org.get("/sobjects/Note__c/\(note)").object
            try await org.advance(60)
            let subscriber = try await CometSubscriber.open(org, ["/data/Note__ChangeEvent": -1])
            #expect(try await org.call("DELETE", "/sobjects/Plan__c/\(plan)").status == 204)
            let after = try await org.get("/sobjects/Note__c/\(note)").object
            #expect(after["Plan__c"] is NSNull)
            #expect(after["SystemModstamp"] as? String != before["SystemModstamp"] as? String)
            #expect(after["LastModifiedDate"] as? String == before["LastModifiedDate"] as? String)
            let event = try #require(try await subscriber.events(1).map(ReceivedEvent.init).first)
            #expect(event.kind == "UPDATE" && event.changed == ["Plan__c"])
            _ = try await org.call("POST", "/sandbox/undelete", body: "{\"ids\":[\"\(plan)\"]}")
            #expect(try await org.field("Plan__c", of: "Note__c", note) as? String == plan)
        }
    }

    @Test("describe tells what becomes of details and lookups")
    func describe() async throws {
        try await ProjectOrg.with { org in
            let plan = try await org.get("/sobjects/Plan__c/describe").object
            let children = plan["childRelationships"] as? [[String: Any]] ?? []
            let flags = Dictionary(
                uniqueKeysWithValues: children.map { child in
                    (child["childSObject"] as? String ?? "", [child["cascadeDelete"] as? Bool, child["restrictedDelete"] as? Bool])
                })
            #expect(flags == ["Step__c": [true, false], "Note__c": [false, false], "Deal__c": [false, true]])
            let fields = try await org.get("/sobjects/Note__c/describe").object["fields"] as? [[String: Any]] ?? []
            let master = try #require(fields.first { $0["name"] as? String == "Step__c" })
            #expect(master["cascadeDelete"] as? Bool == true && master["nillable"] as? Bool == false)
            #expect(master["updateable"] as? Bool == false && master["createable"] as? Bool == true)
        }
    }

    @Test("a unique value that somebody else took keeps a record in the recycle bin")
    func takenValue() async throws {
        try await RuleOrg.with([RuleOrg.invoice]) { org in
            let first = try await org.create("Invoice__c", #"{"Name":"x","Code__c":"abc"}"#)
            _ = try await org.call("DELETE", "/sobjects/Invoice__c/\(first)")
            let second = try await org.create("Invoice__c", #"{"Name":"y","Code__c":"abc"}"#)
            let answer = try await org.call("POST", "/sandbox/undelete", body: "{\"ids\":[\"\(first)\"]}")
            let error = try #require((answer.list.first?["errors"] as? [[String: Any]])?.first)
            #expect(
                error["message"] as? String == "duplicate value found: Code__c duplicates value on record with id: \(second.prefix(15))")
        }
    }
}
