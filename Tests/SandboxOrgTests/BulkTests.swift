import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

@Suite("Bulk 2.0 queries")
struct BulkTests {
    @Test("a job goes from UploadComplete to JobComplete, in the recorded shapes")
    func life() async throws {
        try await TestOrg.with { org in
            let created = try await org.call("POST", "/jobs/query", body: #"{"operation":"queryAll","query":"SELECT Id FROM Account"}"#)
            #expect(
                Set(created.object.keys) == [
                    "id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "concurrencyMode", "contentType",
                    "apiVersion", "lineEnding", "columnDelimiter",
                ])
            #expect(created.object["state"] as? String == "UploadComplete")
            #expect(created.text.contains("\"apiVersion\":60.0"))
            let id = try #require(created.object["id"] as? String)
            let done = try await org.get("/jobs/query/\(id)").object
            #expect(done["state"] as? String == "JobComplete")
            #expect(done["numberRecordsProcessed"] as? Int == 300)
            #expect(done["jobType"] as? String == "V2Query")
            #expect(try await org.get("/jobs/query/\(id.prefix(15))").status == 200)
            #expect(try await org.get("/jobs/query").records.count == 1)
            let abort = try await org.call("PATCH", "/jobs/query/\(id)", body: #"{"state":"Aborted"}"#)
            #expect(abort.errorMessage == "Aborting already Completed Job not allowed")
            #expect(try await org.call("DELETE", "/jobs/query/\(id)").status == 204)
            #expect(try await org.get("/jobs/query/\(id)").status == 404)
        }
    }

    @Test("a job that takes its time can be aborted, and has no results before its end")
    func slowJob() async throws {
        var options = TestOrg.small
        options.bulkDelay = .seconds(3600)
        try await TestOrg.with(options) { org in
            let id = try await org.bulk("SELECT Id FROM Account")
            #expect(try await org.get("/jobs/query/\(id)").object["state"] as? String == "InProgress")
            #expect(try await org.get("/jobs/query/\(id)/results").errorCode == "INVALIDJOBSTATE")
            #expect(try await org.call("DELETE", "/jobs/query/\(id)").errorCode == "API_ERROR")
            let aborted = try await org.call("PATCH", "/jobs/query/\(id)", body: #"{"state":"Aborted"}"#)
            #expect(aborted.object["state"] as? String == "Aborted")
            #expect(try await org.call("DELETE", "/jobs/query/\(id)").status == 204)
        }
    }

    @Test("CSV and JSON tell the same values, whatever is in them")
    func dialect() async throws {
        try await TestOrg.with { org in
            let fields =
                "Id, Name, Description, AnnualRevenue, Score__c, NumberOfEmployees, IsDeleted, CreatedDate, Customer_Since__c, "
                + "Opening_Time__c, Interests__c, ParentId, Owner.Name, BillingStreet"
            let id = try await org.bulk("SELECT \(fields) FROM Account")
            let csv = readCSV(try await org.get("/jobs/query/\(id)/results").text)
            #expect(csv.first == fields.split(separator: ", ").map(String.init))
            let records = try await org.query("SELECT \(fields) FROM Account").records
            #expect(csv.count == 301 && records.count == 300)
            for (row, record) in zip(csv.dropFirst(), records) {
                #expect(row[1] == record["Name"] as? String)
                #expect(row[2] == record["Description"] as? String ?? "")
                #expect(Double(row[3]) == (record["AnnualRevenue"] as? NSNumber)?.doubleValue)
                #expect(Double(row[4]) == (record["Score__c"] as? NSNumber)?.doubleValue)
                #expect(Int(row[5]) == record["NumberOfEmployees"] as? Int)
                #expect(row[6] == "false")
                #expect(row[7].replacing("Z", with: "+0000") == record["CreatedDate"] as? String)
                #expect(row[8] == record["Customer_Since__c"] as? String ?? "")
                #expect(row[9] == record["Opening_Time__c"] as? String ?? "")
                #expect(row[10] == record["Interests__c"] as? String ?? "")
                #expect(row[11] == record["ParentId"] as? String ?? "")
                #expect(row[12] == (record["Owner"] as? [String: Any])?["Name"] as? String ?? "")
                #expect(row[13] == record["BillingStreet"] as? String ?? "")
            }
            let text = try await org.get("/jobs/query/\(id)/results").text
            #expect(text.hasSuffix("\"\n") && !text.contains("\r"))
            #expect(text.firstMatch(of: /"\d\.\d+E\d"/) != nil)
        }
    }

    @Test("other delimiters and line ends are used throughout")
    func delimiters() async throws {
        try await TestOrg.with { org in
            let id = try await org.bulk("SELECT Id, Name FROM Account LIMIT 2", extra: #","columnDelimiter":"TAB","lineEnding":"CRLF""#)
            let text = try await org.get("/jobs/query/\(id)/results").text
            #expect(text.hasPrefix("\"Id\"\t\"Name\"\r\n"))
            #expect(readCSV(text, delimiter: "\t").count == 3)
        }
    }

    @Test("locators lead through all rows, each page with its header, and can be read again")
    func locators() async throws {
        try await TestOrg.with { org in
            let id = try await org.bulk("SELECT Id FROM Account ORDER BY Name DESC")
            var locator: String? = ""
            var ids: [String] = []
            var texts: [String: String] = [:]
            while let current = locator {
                let path = "/jobs/query/\(id)/results?maxRecords=70" + (current.isEmpty ? "" : "&locator=\(current)")
                let page = try await org.get(path)
                let rows = readCSV(page.text)
                #expect(rows.first == ["Id"])
                #expect(page.headers["sforce-numberofrecords"] == String(rows.count - 1))
                ids += rows.dropFirst().map { $0[0] }
                texts[path] = page.text
                let next = try #require(page.headers["sforce-locator"])
                locator = next == "null" ? nil : next
            }
            #expect(ids.count == 300 && Set(ids).count == 300)
            for (path, text) in texts { #expect(try await org.get(path).text == text) }
            #expect(try await org.get("/jobs/query/\(id)/results?locator=!!!").errorCode == "INVALID_QUERY_LOCATOR")
            #expect(try await org.get("/jobs/query/\(id)/results?maxRecords=0").status == 400)
            #expect(try await org.get("/services/data/v59.0/jobs/query/\(id)/results").status == 409)
        }
    }

    @Test("result pages cover all rows, five at a time")
    func resultPages() async throws {
        var options = TestOrg.small
        options.bulkPageRows = 40
        try await TestOrg.with(options) { org in
            let id = try await org.bulk("SELECT Id FROM Account")
            var path: String? = "/jobs/query/\(id)/resultPages"
            var counts: [Int] = []
            while let current = path {
                let answer = try await org.get(current).object
                let pages = try #require(answer["resultPages"] as? [[String: Any]])
                #expect(pages.count <= 5)
                for page in pages {
                    let url = try #require(page["resultUrl"] as? String)
                    counts.append(readCSV(try await org.get(url).text).count - 1)
                }
                path = answer["nextRecordsUrl"] as? String
                #expect((answer["done"] as? Bool) == (path == nil))
            }
            #expect(counts == [40, 40, 40, 40, 40, 40, 40, 20])
        }
    }

    @Test("the rows of a job are those of its making; none at all still have a header")
    func pinned() async throws {
        try await TestOrg.with { org in
            let id = try await org.bulk("SELECT Id FROM Account")
            _ = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"late"}"#)
            #expect(readCSV(try await org.get("/jobs/query/\(id)/results").text).count == 301)
            let empty = try await org.bulk("SELECT Id, Name FROM Account WHERE Name = 'nobody'")
            let page = try await org.get("/jobs/query/\(empty)/results")
            #expect(page.text == "\"Id\",\"Name\"\n")
            #expect(page.headers["sforce-locator"] == "null")
        }
    }

    @Test(
        "what bulk cannot do is refused at once",
        arguments: [
            (#"{"operation":"query","query":"SELECT BillingAddress FROM Account"}"#, "FEATURENOTENABLED"),
            (#"{"operation":"query","query":"SELECT Id FROM Nothing"}"#, "INVALIDENTITY"),
            (#"{"operation":"query","query":"SELECT COUNT() FROM Account"}"#, "API_ERROR"),
            (#"{"operation":"query","query":"SELECT Id FROM Account OFFSET 3"}"#, "API_ERROR"),
            (#"{"operation":"query","query":"SELECT"}"#, "MALFORMED_QUERY"),
            (#"{"operation":"steal","query":"SELECT Id FROM Account"}"#, "API_ERROR"),
            (#"{"operation":"query"}"#, "API_ERROR"), ("{", "JSON_PARSER_ERROR"), ("[]", "JSON_PARSER_ERROR"),
            (#"{"operation":"query","query":"SELECT Id FROM Account","columnDelimiter":"SPACE"}"#, "API_ERROR"),
        ])
    func refusals(body: String, code: String) async throws {
        try await TestOrg.with { org in
            let answer = try await org.call("POST", "/jobs/query", body: body)
            #expect(answer.status == 400)
            #expect(answer.errorCode == code, "\(answer.text)")
        }
    }
}
