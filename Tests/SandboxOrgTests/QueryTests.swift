import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg
@testable import SandboxStore

@Suite("Queries over REST")
struct QueryTests {
    @Test("pages follow a path, are as long as asked for, and hold every row once")
    func pages() async throws {
        var options = TestOrg.small
        options.rows["Account"] = 1234
        try await TestOrg.with(options) { org in
            var answer = try await org.query("SELECT Id FROM Account", headers: ["Sforce-Query-Options": "batchSize=500"])
            var ids = answer.records.compactMap { $0["Id"] as? String }
            #expect(ids.count == 500)
            while let next = answer.object["nextRecordsUrl"] as? String {
                #expect(answer.object["done"] as? Bool == false)
                #expect(next.hasPrefix("/services/data/v60.0/query/01g") && next.hasSuffix("-\(ids.count)"))
                answer = try await org.get(next + "?q=ignored")
                ids += answer.records.compactMap { $0["Id"] as? String }
            }
            #expect(answer.object["done"] as? Bool == true)
            #expect(ids.count == 1234 && Set(ids).count == 1234)
            #expect(answer.object["totalSize"] as? Int == 1234)
            #expect(try await org.get("/query/01gSb0000000099AAA-2000").errorCode == "INVALID_QUERY_LOCATOR")
            #expect(try await org.get("/query/x-y-z").errorCode == "INVALID_QUERY_LOCATOR")
        }
    }

    @Test("rows have attributes, typed values, nested parents and addresses")
    func shape() async throws {
        try await TestOrg.with { org in
            let created = try await org.call(
                "POST", "/sobjects/Account",
                body:
                    #"{"Name":"Shape \"x\"","AnnualRevenue":950000000,"NumberOfEmployees":7,"BillingCity":"Zürich","Customer_Since__c":"2020-02-29","Last_Visit__c":"2024-01-31T10:00:00+01:00","Opening_Time__c":"08:30:00.000Z","Description":"a\nb\tc"}"#
            )
            let id = try #require(created.object["id"] as? String)
            let answer = try await org.query(
                "SELECT Id, Name, AnnualRevenue, NumberOfEmployees, BillingAddress, Customer_Since__c, Last_Visit__c, Opening_Time__c, Active__c, "
                    + "Description, Owner.Name, Owner.Manager.Name, Parent.Name, ShippingAddress FROM Account WHERE Id = '\(id)'")
            let record = try #require(answer.records.first)
            let attributes = try #require(record["attributes"] as? [String: Any])
            #expect(attributes["type"] as? String == "Account")
            #expect(attributes["url"] as? String == "/services/data/v60.0/sobjects/Account/\(id)")
            #expect(record["Name"] as? String == "Shape \"x\"")
            #expect(answer.text.contains("\"AnnualRevenue\":950000000.0,\"NumberOfEmployees\":7,"))
            #expect((record["BillingAddress"] as? [String: Any])?["city"] as? String == "Zürich")
            #expect(record["ShippingAddress"] is NSNull)
            #expect(record["Customer_Since__c"] as? String == "2020-02-29")
            #expect(record["Last_Visit__c"] as? String == "2024-01-31T09:00:00.000+0000")
            #expect(record["Opening_Time__c"] as? String == "08:30:00.000Z")
            #expect(record["Active__c"] as? Bool == false)
            #expect(record["Description"] as? String == "a\nb\tc")
            let owner = try #require(record["Owner"] as? [String: Any])
            #expect(owner["Name"] as? String == "Sandbox Admin")
            #expect((owner["attributes"] as? [String: Any])?["type"] as? String == "User")
            #expect(record["Parent"] is NSNull)
        }
    }

    @Test("COUNT() counts, and queryAll sees the recycle bin")
    func deleted() async throws {
        try await TestOrg.with { org in
            let id = try #require(try await org.query("SELECT Id FROM Account LIMIT 1").records.first?["Id"] as? String)
            #expect(try await org.call("DELETE", "/sobjects/Account/\(id)").status == 204)
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 299)
            #expect(try await org.query("SELECT COUNT() FROM Account", all: true).object["totalSize"] as? Int == 300)
            #expect(try await org.query("SELECT Id FROM Account WHERE Id = '\(id)'").records.isEmpty)
            let record = try await org.query("SELECT Id, IsDeleted FROM Account WHERE IsDeleted = true", all: true).records.first
            #expect(record?["Id"] as? String == id)
            #expect(record?["IsDeleted"] as? Bool == true)
        }
    }

    @Test("a write moves the stamp to the server's clock, by which it is found again")
    func stamps() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            let stamp = CivilTime.restText(clock.now).replacing(".000+0000", with: "Z")
            #expect(try await org.query("SELECT Id FROM Account WHERE SystemModstamp >= \(stamp)").records.isEmpty)
            let id = try #require(try await org.query("SELECT Id FROM Account LIMIT 1 OFFSET 9").records.first?["Id"] as? String)
            clock.advance(5)
            #expect(try await org.call("PATCH", "/sobjects/Account/\(id)", body: #"{"Phone":"1"}"#).status == 204)
            let found = try await org.query(
                "SELECT Id, SystemModstamp, LastModifiedDate, LastModifiedBy.Username FROM Account WHERE SystemModstamp >= \(stamp)")
            #expect(found.records.count == 1)
            #expect(found.records.first?["Id"] as? String == id)
            #expect(found.records.first?["SystemModstamp"] as? String == CivilTime.restText(clock.now))
            #expect(found.records.first?["LastModifiedDate"] as? String == CivilTime.restText(clock.now))
            #expect((found.records.first?["LastModifiedBy"] as? [String: Any])?["Username"] as? String == SandboxCredentials.username)
        }
    }

    @Test("only GET, only with a query, only over so many bytes")
    func refusals() async throws {
        try await TestOrg.with { org in
            #expect(try await org.call("POST", "/query?q=x").errorCode == "METHOD_NOT_ALLOWED")
            #expect(try await org.get("/query").errorCode == "MALFORMED_QUERY")
            #expect(try await org.get("/query?q=" + String(repeating: "a", count: 17_000)).status == 414)
            let answer = try await org.query("SELECT Id FROM XYZZY")
            #expect(answer.status == 400 && answer.errorCode == "INVALID_TYPE")
            #expect(answer.headers["sforce-limit-info"]?.hasPrefix("api-usage=") ?? false)
            #expect(answer.headers["date"] != nil)
        }
    }

    @Test("past its quota the org answers nothing more")
    func quota() async throws {
        var options = TestOrg.small
        options.apiQuota = 2
        try await TestOrg.with(options) { org in
            #expect(try await org.get("/limits").object["DailyApiRequests"] is [String: Any])
            #expect(try await org.get("/limits").headers["sforce-limit-info"] == "api-usage=2/2")
            let refused = try await org.get("/limits")
            #expect(refused.status == 403 && refused.errorCode == "REQUEST_LIMIT_EXCEEDED")
        }
    }
}
