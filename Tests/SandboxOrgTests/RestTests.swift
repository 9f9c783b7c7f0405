import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

@Suite("REST: paths, methods, limits")
struct RestTests {
    @Test("records are reached over relationships, up and down")
    func relationships() async throws {
        try await TestOrg.with { org in
            let contact = try #require(
                try await org.query("SELECT Id, AccountId, Account.Owner.Username FROM Contact WHERE AccountId != null LIMIT 1").records
                    .first)
            let id = contact["Id"] as? String ?? ""
            let account = try await org.get("/sobjects/Contact/\(id)/Account?fields=Id,Name")
            #expect(account.object["Id"] as? String == contact["AccountId"] as? String)
            #expect(Set(account.object.keys) == ["attributes", "Id", "Name"])
            let owner = try await org.get("/sobjects/Contact/\(id)/Account/Owner")
            let expected = ((contact["Account"] as? [String: Any])?["Owner"] as? [String: Any])?["Username"] as? String
            #expect(expected != nil && owner.object["Username"] as? String == expected)
            let siblings = try await org.get("/sobjects/Account/\(contact["AccountId"] as? String ?? "")/Contacts?fields=Id")
            #expect(siblings.records.contains { $0["Id"] as? String == id } && siblings.object["done"] as? Bool == true)
            #expect(try await org.call("PATCH", "/sobjects/Contact/\(id)/Account", body: #"{"Name":"By the child"}"#).status == 204)
            #expect(try await org.get("/sobjects/Contact/\(id)/Account").object["Name"] as? String == "By the child")
            #expect(try await org.get("/sobjects/Contact/\(id)/Nonsense").status == 404)
            #expect(try await org.get("/sobjects/Contact/\(id)/Account/Contacts/Account").status == 404)
        }
    }

    @Test("what was seen last comes first, as long as it is there")
    func recent() async throws {
        try await TestOrg.with { org in
            #expect(try await org.get("/recent").list.isEmpty)
            let ids = try await org.query("SELECT Id FROM Account LIMIT 2").records.compactMap { $0["Id"] as? String }
            for id in ids { _ = try await org.get("/sobjects/Account/\(id)") }
            let made = try #require(try await org.call("POST", "/sobjects/Contact", body: #"{"LastName":"New"}"#).object["id"] as? String)
            let list = try await org.get("/recent").list
            #expect(list.compactMap { $0["Id"] as? String } == [made, ids[1], ids[0]])
            #expect(Set(list[0].keys) == ["attributes", "Id", "Name"])
            #expect(try await org.get("/recent?limit=1").list.count == 1)
            #expect(try await org.get("/recent?limit=x").status == 400)
            let items = try await org.get("/sobjects/Account").object["recentItems"] as? [[String: Any]]
            #expect(items?.compactMap { $0["Id"] as? String } == [ids[1], ids[0]])
            #expect(try await org.call("DELETE", "/sobjects/Contact/\(made)").status == 204)
            #expect(try await org.get("/recent").list.count == 2)
        }
    }

    @Test("what is done counts down the limits")
    func limits() async throws {
        try await TestOrg.with { org in
            func remaining() async throws -> [String: Int] {
                let limits = try #require(try await org.get("/limits").json as? [String: [String: Any]])
                #expect(limits.count == 53)
                return limits.mapValues { $0["Remaining"] as? Int ?? -1 }
            }
            let before = try await remaining()
            _ = try await org.bulk("SELECT Id FROM Account")
            let created = try await org.call(
                "POST", "/jobs/ingest", body: #"{"object":"Account","operation":"insert","contentType":"CSV","lineEnding":"LF"}"#)
            let job = try #require(created.object["id"] as? String)
            _ = try await org.call("PUT", "/jobs/ingest/\(job)/batches", headers: ["Content-Type": "text/csv"], body: "Name\nx\n")
            _ = try await org.call("PATCH", "/jobs/ingest/\(job)", body: #"{"state":"UploadComplete"}"#)
            while try await org.get("/jobs/ingest/\(job)").object["state"] as? String != "JobComplete" {}
            let after = try await remaining()
            #expect(after["DailyBulkV2QueryJobs"] == (before["DailyBulkV2QueryJobs"] ?? 0) - 1)
            #expect(after["DailyBulkApiBatches"] == (before["DailyBulkApiBatches"] ?? 0) - 1)
            #expect((after["DailyApiRequests"] ?? 0) <= (before["DailyApiRequests"] ?? 0) - 6)
            #expect(after["SingleEmail"] == 15)
        }
    }

    @Test("layouts, list views, tabs and the resources of a version have their shapes")
    func layouts() async throws {
        try await TestOrg.with { org in
            let layouts = try await org.get("/sobjects/Account/describe/layouts").object
            #expect(Set(layouts.keys) == ["layouts", "recordTypeMappings", "recordTypeSelectorRequired"])
            #expect(try await org.get("/sobjects/Account/describe/layouts/012000000000000AAA").object["detailLayoutSections"] != nil)
            #expect(try await org.get("/sobjects/Account/describe/compactLayouts").object["compactLayouts"] != nil)
            #expect(try await org.get("/sobjects/Account/describe/approvalLayouts").object["approvalLayouts"] != nil)
            #expect(try await org.get("/sobjects/Account/listviews").object["listviews"] != nil)
            let actions = try await org.get("/sobjects/Account/quickActions")
            #expect(actions.text == "[]")
            #expect(try await org.get("/sobjects/Account/defaultValues").status == 200)
            let tabs = try await org.get("/tabs").list
            #expect(tabs.contains { $0["sobjectName"] as? String == "Account" })
            let resources = try #require(try await org.get("").json as? [String: String])
            for (name, path) in resources where name != "identity" {
                #expect(path == "\(TestOrg.base)/\(name)")
                let isThere = try await org.get("/\(name)").status != 404 || ["composite", "jobs"].contains(name)
                #expect(isThere, "\(name)")
            }
        }
    }

    @Test("methods, versions and types of content that are not right are refused, each in its way")
    func refusals() async throws {
        try await TestOrg.with { org in
            let put = try await org.call("PUT", "/sobjects/Account", body: "{}")
            #expect(put.status == 405 && put.errorCode == "METHOD_NOT_ALLOWED")
            #expect(put.errorMessage == "HTTP Method 'PUT' not allowed. Allowed are GET,HEAD,POST")
            #expect(try await org.get("/services/data/v99.0/limits").errorCode == "NOT_FOUND")
            #expect(try await org.get("/services/data/nonsense/limits").status == 404)
            #expect(try await org.get("/services/data/v20.0/limits").status == 410)
            let text = try await org.call("POST", "/sobjects/Account", headers: ["Content-Type": "text/plain"], body: #"{"Name":"x"}"#)
            #expect(text.status == 415 && text.errorCode == "UNSUPPORTED_MEDIA_TYPE")
            let created = try await org.call(
                "POST", "/sobjects/Account", headers: ["Content-Type": "application/json; charset=UTF-8"], body: #"{"Name":"x"}"#)
            let path = "/sobjects/Account/\(created.object["id"] as? String ?? "")"
            #expect(try await org.call("POST", "\(path)?_HttpMethod=PATCH", body: #"{"Name":"y"}"#).status == 204)
            #expect(try await org.get(path).object["Name"] as? String == "y")
            let head = try await org.call("HEAD", path)
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(try await org.call("POST", "\(path)?_HttpMethod=DELETE").status == 204)
            #expect(try await org.get(path).errorCode == "ENTITY_IS_DELETED")
        }
    }

    @Test("the Date header is the org's clock")
    func date() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            let before = try await org.get("/limits").headers["date"]
            #expect(before == HTTPDate.text(clock.now))
            #expect(try await org.call("POST", "/sandbox/clock", body: #"{"offset_seconds":-90}"#).status == 204)
            #expect(try await org.get("/limits").headers["date"] == HTTPDate.text(clock.now - 90))
        }
    }
}
