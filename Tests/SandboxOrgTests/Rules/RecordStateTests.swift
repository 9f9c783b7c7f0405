import Foundation
import Testing

@testable import SandboxOrg

@Suite("Rules: merged, converted, locked and recalculated records")
struct RecordStateTests {
    @Test("a merge moves what named the losers, with stamps and events, and says where they went")
    func merge() async throws {
        try await TestOrg.with { org in
            let winner = try await org.create("Account", #"{"Name":"Winner"}"#)
            let loser = try await org.create("Account", #"{"Name":"Loser"}"#)
            let contact = try await org.create("Contact", "{\"LastName\":\"C\",\"AccountId\":\"\(loser)\"}")
            let before = try await org.field("SystemModstamp", of: "Contact", contact) as? String
            try await org.advance(60)
            let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            let answer = try await org.call("POST", "/sandbox/merge", body: "{\"winner\":\"\(winner)\",\"losers\":[\"\(loser)\"]}")
            #expect(answer.status == 204)
            #expect(try await org.field("IsDeleted", of: "Account", loser) as? Bool == true)
            #expect(try await org.field("AccountId", of: "Contact", contact) as? String == winner)
            #expect(try await org.field("SystemModstamp", of: "Contact", contact) as? String != before)
            let events = try await subscriber.events(3).map(ReceivedEvent.init)
            let told = Dictionary(uniqueKeysWithValues: events.map { ($0.ids.first ?? "", $0.kind ?? "") })
            #expect(told == [winner: "UPDATE", loser: "DELETE", contact: "UPDATE"])
            _ = try await org.call("POST", "/sandbox/undelete", body: "{\"ids\":[\"\(loser)\"]}")
            #expect(try await org.field("IsDeleted", of: "Account", loser) as? Bool == false)
            #expect(try await org.field("AccountId", of: "Contact", contact) as? String == winner)
            let wrong = try await org.call(
                "POST", "/sandbox/merge", body: "{\"winner\":\"006Sb0000000001\",\"losers\":[\"006Sb0000000002\"]}")
            #expect(wrong.errorMessage == "invalid merge operation: Opportunity")
        }
    }

    @Test("a converted lead becomes an account, a contact and an opportunity, and cannot be changed any more")
    func convert() async throws {
        try await TestOrg.with { org in
            let lead = try await org.create("Lead", #"{"LastName":"Lee","FirstName":"Ann","Company":"Acme"}"#)
            let answer = try await org.call("POST", "/sandbox/convert-lead", body: "{\"id\":\"\(lead)\"}")
            #expect(answer.status == 200)
            let contact = try #require(answer.object["contactId"] as? String)
            let row = try await org.get("/sobjects/Contact/\(contact)").object
            #expect(row["Name"] as? String == "Ann Lee" && row["AccountId"] as? String == answer.object["accountId"] as? String)
            #expect(try await org.field("IsConverted", of: "Lead", lead) as? Bool == true)
            let change = try await org.call("PATCH", "/sobjects/Lead/\(lead)", body: #"{"Phone":"1"}"#)
            #expect(change.status == 400)
            #expect(
                change.text == #"[{"message":"cannot reference converted lead","errorCode":"CANNOT_UPDATE_CONVERTED_LEAD","fields":[]}]"#)
            let twice = try await org.call("POST", "/sandbox/convert-lead", body: "{\"id\":\"\(lead)\"}")
            #expect(twice.errorCode == "CANNOT_UPDATE_CONVERTED_LEAD")
            #expect(try await org.call("DELETE", "/sobjects/Lead/\(lead)").status == 204)
        }
    }

    @Test("a locked record is neither changed nor deleted until it is unlocked")
    func locked() async throws {
        try await TestOrg.with { org in
            let id = try await org.create("Account", #"{"Name":"A"}"#)
            #expect(try await org.call("POST", "/sandbox/lock", body: "{\"ids\":[\"\(id)\"]}").status == 204)
            let change = try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Name":"B"}"#)
            #expect(change.text == #"[{"message":"the entity is locked for editing","errorCode":"ENTITY_IS_LOCKED","fields":[]}]"#)
            #expect(try await org.call("DELETE", "/sobjects/Account/\(id)").errorCode == "ENTITY_IS_LOCKED")
            #expect(try await org.call("POST", "/sandbox/unlock", body: "{\"ids\":[\"\(id)\"]}").status == 204)
            #expect(try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Name":"B"}"#).status == 204)
            #expect(
                try await org.call("POST", "/sandbox/lock", body: #"{"ids":["x"]}"#).errorMessage == "ids: expected a list of record ids")
        }
    }

    @Test("a system job moves stamps and nothing else, and subscribers hear nothing")
    func systemJob() async throws {
        try await TestOrg.with { org in
            let before = try await org.query("SELECT Id, Name, LastModifiedDate, SystemModstamp FROM Contact ORDER BY Id LIMIT 5").records
            let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
            let answer = try await org.call("POST", "/sandbox/system-job", body: #"{"object":"Contact","count":5}"#)
            #expect(answer.text == #"{"bumped":5}"#)
            let after = try await org.query("SELECT Id, Name, LastModifiedDate, SystemModstamp FROM Contact ORDER BY Id LIMIT 5").records
            for (old, new) in zip(before, after) {
                #expect(old["SystemModstamp"] as? String != new["SystemModstamp"] as? String)
                for field in ["Id", "Name", "LastModifiedDate"] { #expect(old[field] as? String == new[field] as? String) }
            }
            let id = try #require(after.first?["Id"] as? String)
            #expect(try await org.query("SELECT Id FROM Contact WHERE SystemModstamp > 2025-06-01T00:00:00Z").records.count == 5)
            // The next event is that of the write after it.
            _ = try await org.call("PATCH", "/sobjects/Contact/\(id)", body: #"{"Phone":"777"}"#)
            let events = try await subscriber.events(1).map(ReceivedEvent.init)
            #expect(events.map(\.ids) == [[id]] && events.first?.changed.contains("Phone") ?? false)
            let wrong = try await org.call("POST", "/sandbox/system-job", body: #"{"object":"Nothing","count":5}"#)
            #expect(wrong.errorMessage == "object: expected the name of an object")
        }
    }
}
