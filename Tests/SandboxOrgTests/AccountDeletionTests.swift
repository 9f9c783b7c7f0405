import Foundation
import Testing

@testable import SandboxOrg

@Suite("What goes with a deleted account")
struct AccountDeletionTests {
    private func create(_ org: TestOrg, _ object: String, _ fields: String) async throws -> String {
        let answer = try await org.call("POST", "/sobjects/\(object)", body: "{\(fields)}")
        return try #require(answer.object["id"] as? String, "\(answer.text)")
    }

    private func isDeleted(_ org: TestOrg, _ object: String, _ id: String) async throws -> Bool? {
        try await org.query("SELECT IsDeleted FROM \(object) WHERE Id = '\(id)'", all: true).records.first?["IsDeleted"] as? Bool
    }

    @Test("contacts and opportunities go with it and come back with it, as describe says, and getDeleted tells of them no longer then")
    func cascade() async throws {
        try await TestOrg.with { org in
            let account = try await create(org, "Account", #""Name":"a""#)
            let contact = try await create(org, "Contact", #""LastName":"c","AccountId":"\#(account)""#)
            let deal = try await create(
                org, "Opportunity", #""Name":"o","StageName":"Prospecting","CloseDate":"2030-01-01","AccountId":"\#(account)""#)
            let children = try await org.get("/sobjects/Account/describe").object["childRelationships"] as? [[String: Any]] ?? []
            for object in ["Contact", "Opportunity"] {
                let child = children.first { $0["childSObject"] as? String == object && $0["field"] as? String == "AccountId" }
                #expect(child?["cascadeDelete"] as? Bool == true)
            }
            #expect(try await org.call("DELETE", "/sobjects/Account/\(account)").status == 204)
            #expect(try await isDeleted(org, "Contact", contact) == true)
            #expect(try await isDeleted(org, "Opportunity", deal) == true)
            #expect(try await deleted(org).contains(contact))
            let body = #"{"ids":["\#(account)"]}"#
            #expect(try await org.call("POST", "/sandbox/undelete", body: body).status == 200)
            #expect(try await isDeleted(org, "Contact", contact) == false)
            #expect(try await isDeleted(org, "Opportunity", deal) == false)
            #expect(try await !deleted(org).contains(contact), "a record that was undeleted is told of as updated, and not as deleted")
        }
    }

    private func deleted(_ org: TestOrg) async throws -> [String] {
        let format = ISO8601DateFormatter()
        let (start, end) = (format.string(from: .now - 3600), format.string(from: .now + 3600))
        let answer = try await org.get("/sobjects/Contact/deleted?start=\(start)&end=\(end)")
        let records = try #require(answer.object["deletedRecords"] as? [[String: Any]], "\(answer.text)")
        return records.compactMap { $0["id"] as? String }
    }

    @Test("a case keeps its account from being deleted")
    func restricted() async throws {
        try await TestOrg.with { org in
            let account = try await create(org, "Account", #""Name":"a""#)
            let contact = try await create(org, "Contact", #""LastName":"c","AccountId":"\#(account)""#)
            let problem = try await create(org, "Case", #""Subject":"s","AccountId":"\#(account)""#)
            let refused = try await org.call("DELETE", "/sobjects/Account/\(account)")
            #expect(refused.status == 400 && refused.errorCode == "DELETE_FAILED")
            #expect(try await isDeleted(org, "Contact", contact) == false)
            #expect(try await org.call("DELETE", "/sobjects/Case/\(problem)").status == 204)
            #expect(try await org.call("DELETE", "/sobjects/Account/\(account)").status == 204)
        }
    }

    @Test("a write to an id of no record is 404 INVALID_CROSS_REFERENCE_KEY", arguments: ["PATCH", "DELETE"])
    func unknown(method: String) async throws {
        try await TestOrg.with { org in
            let answer = try await org.call(
                method, "/sobjects/Account/001Sb0000099999", body: method == "PATCH" ? #"{"Name":"x"}"# : nil)
            #expect(answer.status == 404 && answer.errorCode == "INVALID_CROSS_REFERENCE_KEY", "\(answer.text)")
        }
    }
}
