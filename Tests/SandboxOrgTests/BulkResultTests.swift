import Foundation
import Testing

@testable import SandboxOrg

@Suite("Bulk: what it refuses, and results that stay")
struct BulkResultTests {
    @Test("a result keeps the rows and values of the moment it was made, whatever is edited, inserted or deleted since")
    func fixed() async throws {
        try await TestOrg.with { org in
            let job = try await org.bulk("SELECT Id, Name FROM Account ORDER BY Id")
            let first = try await org.get("/jobs/query/\(job)/results")
            let ids = readCSV(first.text).dropFirst().map { $0[0] }
            let bare = try #require(
                try await org.query("SELECT Id FROM Account WHERE Id != '\(ids[0])' LIMIT 1").records.first?["Id"]
                    as? String)
            #expect(try await org.call("PATCH", "/sobjects/Account/\(ids[0])", body: #"{"Name":"edited"}"#).status == 204)
            #expect(try await org.call("POST", "/sobjects/Account", body: #"{"Name":"new"}"#).status == 201)
            #expect(try await org.call("DELETE", "/sobjects/Account/\(bare)").status == 204)
            #expect(try await org.get("/jobs/query/\(job)/results").text == first.text)
            let later = try await org.bulk("SELECT Id, Name FROM Account ORDER BY Id")
            #expect(try await org.get("/jobs/query/\(later)/results").text.contains("\"edited\""))
        }
    }

    @Test(
        "objects that hold an org's settings are refused by Bulk and read by REST",
        arguments: ["OpportunityStage", "CaseStatus", "LeadStatus"])
    func refused(object: String) async throws {
        try await TestOrg.with { org in
            let query = try await org.call("POST", "/jobs/query", body: #"{"operation":"query","query":"SELECT Id FROM \#(object)"}"#)
            #expect(query.status == 400 && query.errorCode == "INVALIDENTITY")
            #expect(query.errorMessage == "Entity '\(object)' is not supported by the Bulk API.")
            let ingest = try await org.call("POST", "/jobs/ingest", body: #"{"object":"\#(object)","operation":"insert"}"#)
            #expect(ingest.status == 400 && ingest.errorCode == "INVALIDENTITY")
            let old = try await org.call(
                "POST", "/services/async/60.0/job", headers: ["X-SFDC-Session": org.token],
                body: #"{"object":"\#(object)","operation":"query","contentType":"CSV"}"#)
            #expect(old.status == 400 && old.text.contains("InvalidEntity"))
            #expect(try await org.query("SELECT Id FROM \(object)").status == 200)
        }
    }

    @Test("the tabs of the org can be asked for by SOQL")
    func tabs() async throws {
        try await TestOrg.with { org in
            let rows = try await org.query("SELECT Name, Label, SobjectName, IsCustom FROM TabDefinition WHERE SobjectName = 'Account'")
                .records
            #expect(rows.count == 1 && rows.first?["Label"] as? String == "Accounts" && rows.first?["IsCustom"] as? Bool == false)
        }
    }
}
