import Foundation
import Testing

@testable import SandboxBulk
@testable import SandboxBytes
@testable import SandboxOrg

@Suite("Bulk 1.0: queries")
struct AsyncQueryTests {
    private static let fields =
        "Id, Name, Budget__c, Start__c, Kickoff__c, Daily_Meeting__c, Team_Size__c, Billable__c, Notes__c, Account__r.Name"

    @Test("rows in JSON are those of REST, but for times, which are in milliseconds")
    func json() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let run = try await client.run("query", "SELECT \(Self.fields) FROM Project__c", "Project__c")
            let list = try await client.results(run)
            #expect(list.headers["content-type"] == "application/json")
            #expect((list.json as? [String])?.first?.wholeMatch(of: #/752Sb0[0-9A-Za-z]{9}/#) != nil)
            let answer = try await client.rows(run)
            #expect(answer.headers["content-type"] == "application/json")
            let expected = try await org.query("SELECT \(Self.fields) FROM Project__c").records
            #expect(answer.list.count == expected.count && expected.count == 20)
            for (row, other) in zip(answer.list, expected) {
                #expect((row["Kickoff__c"] is NSNull) == (other["Kickoff__c"] is NSNull))
                if let milliseconds = row["Kickoff__c"] as? Int64 {
                    #expect(milliseconds % 1000 == 0)
                    #expect(CivilTime.restText(milliseconds / 1000) == other["Kickoff__c"] as? String)
                }
                var (row, other) = (row, other)
                row["Kickoff__c"] = nil
                other["Kickoff__c"] = nil
                #expect(NSDictionary(dictionary: row) == NSDictionary(dictionary: other))
            }
        }
    }

    @Test("rows in CSV are those of Bulk 2.0")
    func csv() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let query = "SELECT \(Self.fields) FROM Project__c"
            let run = try await client.run("query", query, "Project__c", "CSV")
            let list = try await client.results(run)
            #expect(
                AsyncClient.masked(list.text) == """
                    <?xml version="1.0" encoding="UTF-8"?><result-list
                       xmlns="http://www.force.com/2009/06/asyncapi/dataload">
                     <result>752…</result>
                    </result-list>
                    """)
            let answer = try await client.rows(run)
            #expect(answer.headers["content-type"] == "text/csv; charset=UTF-8")
            let other = try await org.get("/jobs/query/\(try await org.bulk(query))/results").text
            #expect(answer.text == other)
            let job = try await client.job("query", "Project__c", "CSV", headers: ["Sforce-Line-Ending": "CRLF"])
            let crlf = try await client.rows((job, try await client.batch(job, query)))
            #expect(crlf.text.contains("\"\r\n\""))
            #expect(readCSV(crlf.text) == readCSV(other))
            let none = try await client.run("query", "SELECT Id FROM Account WHERE Name = 'nobody'", "Account", "CSV")
            #expect(try await client.rows(none).text == "Records not found for this query")
        }
    }

    @Test("rows in XML are partner records: type, id, then what was selected")
    func xml() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let made = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"A & <B>","AnnualRevenue":12500000}"#)
            let account = try #require(made.object["id"] as? String)
            _ = try await org.call(
                "POST", "/sobjects/Contact", body: "{\"LastName\":\"X\",\"AccountId\":\"\(account)\",\"HasOptedOutOfEmail\":true}")
            let run = try await client.run(
                "query",
                "SELECT Id, LastName, HasOptedOutOfEmail, Title, Account.Name, Account.AnnualRevenue, Account.Phone, CreatedDate "
                    + "FROM Contact WHERE LastName = 'X'", "Contact", "XML")
            let answer = try await client.rows(run)
            #expect(answer.headers["content-type"] == "application/xml")
            #expect(
                AsyncClient.masked(answer.text) == """
                    <?xml version="1.0" encoding="UTF-8"?><queryResult
                       xmlns="http://www.force.com/2009/06/asyncapi/dataload" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
                     <records xsi:type="sObject">
                      <type>Contact</type>
                      <Id>003…</Id>
                      <Id>003…</Id>
                      <LastName>X</LastName>
                      <HasOptedOutOfEmail>true</HasOptedOutOfEmail>
                      <Title xsi:nil="true"/>
                      <Account xsi:type="sObject">
                       <type>Account</type>
                       <Id xsi:nil="true"/>
                       <Name>A &amp; &lt;B&gt;</Name>
                       <AnnualRevenue>1.25E7</AnnualRevenue>
                       <Phone xsi:nil="true"/>
                      </Account>
                      <CreatedDate>TIMEZ</CreatedDate>
                     </records>
                    </queryResult>
                    """)
            let none = try await client.run("query", "SELECT Id FROM Account WHERE Name = 'nobody'", "Account", "XML")
            #expect(try await client.rows(none).text.hasSuffix("instance\">\n</queryResult>"))
        }
    }

    @Test("queryAll sees the recycle bin; the request is given back")
    func queryAll() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let id = try #require(try await org.query("SELECT Id FROM Account LIMIT 1").records.first?["Id"] as? String)
            #expect(try await org.call("DELETE", "/sobjects/Account/\(id)").status == 204)
            let query = "SELECT Id FROM Account WHERE IsDeleted = true"
            #expect(try await client.rows(try await client.run("query", query)).list.isEmpty)
            let run = try await client.run("queryAll", query)
            #expect(try await client.rows(run).list.map { $0["Id"] as? String } == [id])
            #expect(try await client.get("/job/\(run.job)").object["operation"] as? String == "queryAll")
            let request = try await client.get("/job/\(run.job)/batch/\(run.batch)/request")
            #expect(request.text == query)
            #expect(request.headers["content-type"] == "application/json")
        }
    }

    @Test(
        "a query that cannot be run fails its batch, which has no results",
        arguments: [
            ("SELECT Nope FROM Account", "InvalidBatch : Failed to process query: INVALID_FIELD: "),
            ("SELECT Id FROM Nope", "InvalidBatch : Failed to process query: INVALID_TYPE: "),
            ("SELECT COUNT(Id) FROM Account", "InvalidBatch : Failed to process query: FUNCTIONALITY_NOT_ENABLED: "),
            ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "InvalidBatch : Failed to process query: FUNCTIONALITY_NOT_ENABLED: "),
            ("", "InvalidBatch : Failed to process query: MALFORMED_QUERY: "),
        ])
    func failures(query: String, message: String) async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let run = try await client.run("query", query)
            let found = try await client.state(run)
            #expect(found.state == "Failed")
            #expect(found.message?.hasPrefix(message) ?? false, "\(found.message ?? "")")
            let results = try await client.results(run)
            #expect(results.status == 400)
            #expect(results.object["exceptionCode"] as? String == "InvalidBatch")
        }
    }

    @Test("primary key chunking leaves the batch unprocessed and adds one for each range of ids")
    func chunking() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            func chunks(_ header: String, _ query: String = "SELECT Id FROM Account") async throws -> [[String]] {
                let job = try await client.job("query", headers: ["Sforce-Enable-PKChunking": header])
                let first = try await client.batch(job, query)
                let list = try await client.get("/job/\(job)/batch").object["batchInfo"] as? [[String: Any]] ?? []
                #expect(list.first?["id"] as? String == first)
                #expect(list.first?["state"] as? String == "NotProcessed")
                #expect(list.dropFirst().allSatisfy { $0["state"] as? String == "Completed" })
                #expect(try await client.results((job, first)).object["exceptionCode"] as? String == "InvalidBatch")
                var found: [[String]] = []
                for batch in list.dropFirst() {
                    let rows = try await client.rows((job, try #require(batch["id"] as? String))).list.compactMap { $0["Id"] as? String }
                    #expect(batch["numberRecordsProcessed"] as? Int == rows.count)
                    found.append(rows)
                }
                return found
            }
            let all = try await org.query("SELECT Id FROM Account ORDER BY Id").records.compactMap { $0["Id"] as? String }
            #expect(try await chunks("chunkSize=120") == [Array(all[..<120]), Array(all[120..<240]), Array(all[240...])])
            #expect(try await chunks("true") == [all])
            #expect(try await chunks("true; chunkSize=250; parent=Account; startRow=\(all[100])") == [Array(all[100...])])
            let filtered = try await chunks("chunkSize=100;", "SELECT Id FROM Account WHERE Id > '\(all[149])'")
            #expect(filtered == [[], Array(all[150..<200]), Array(all[200...])])
            let ordered = try await client.job("query", headers: ["Sforce-Enable-PKChunking": "true"])
            let batch = try await client.batch(ordered, "SELECT Id FROM Account ORDER BY Name")
            #expect(try await client.state((ordered, batch)).state == "Failed")
            for header in ["chunkSize=250001", "chunkSize=x", "startRow=003Sb0000000001AAA", "parent=Nope", "whatever"] {
                let answer = try await client.call(
                    "POST", "/job", headers: ["Sforce-Enable-PKChunking": header], body: #"{"operation":"query","object":"Account"}"#)
                #expect(answer.object["exceptionCode"] as? String == "InvalidJob", "\(header)")
            }
        }
    }

    @Test("a slow batch is in progress until its time; an abort leaves it unprocessed, and a job that is closed takes no more")
    func slow() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            #expect(try await org.call("POST", "/sandbox/faults", body: #"{"bulk_delay_ms":3600000}"#).status == 200)
            let run = try await client.run("query", "SELECT Id FROM Account")
            #expect(try await client.state(run).state == "InProgress")
            #expect(try await client.results(run).object["exceptionMessage"] as? String == "Batch not completed")
            let job = try await client.get("/job/\(run.job)").object
            #expect(job["numberBatchesInProgress"] as? Int == 1)
            #expect(job["numberRecordsProcessed"] as? Int == 0)
            let closed = try await client.call("POST", "/job/\(run.job)/batch", body: "SELECT Id FROM Account")
            #expect(closed.object["exceptionCode"] as? String == "InvalidJobState")
            let aborted = try await client.call("POST", "/job/\(run.job)", body: #"{"state":"Aborted"}"#)
            #expect(aborted.object["state"] as? String == "Aborted")
            #expect(try await client.state(run).state == "NotProcessed")
            let again = try await client.call("POST", "/job/\(run.job)", body: #"{"state":"Closed"}"#)
            #expect(again.object["exceptionMessage"] as? String == "Closing already Aborted Job not allowed")
        }
    }

    @Test("jobs that fail by order, ended sessions and errors on the wire are met by Bulk 1.0 too")
    func faults() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let order = #"{"failing_jobs":1,"job_failure":"InvalidBatch : QUERY_TIMEOUT"}"#
            #expect(
                try await org.call("POST", "/sandbox/faults", body: order).object["job_failure"] as? String
                    == "InvalidBatch : QUERY_TIMEOUT")
            let failed = try await client.state(try await client.run("query", "SELECT Id FROM Account"))
            #expect(failed == ("Failed", "InvalidBatch : QUERY_TIMEOUT"))
            #expect(try await org.call("POST", "/sandbox/faults", body: #"{"job_failure":""}"#).status == 400)
            let trouble = #"{"kind":"status","status":503,"path_prefix":"/services/async"}"#
            #expect(try await org.call("POST", "/sandbox/trouble", body: trouble).status < 300)
            let unavailable = try await client.get("/job/x")
            #expect(unavailable.status == 503)
            #expect(unavailable.object["exceptionCode"] as? String == "ServerUnavailable")
            let expire = #"{"kind":"expire_session","path_prefix":"/services/async"}"#
            #expect(try await org.call("POST", "/sandbox/trouble", body: expire).status < 300)
            #expect(try await client.get("/job/x").object["exceptionCode"] as? String == "InvalidSessionId")
            #expect(try await client.get("/job/x").object["exceptionCode"] as? String == "InvalidSessionId")
            #expect(try await org.get("/limits").status == 401)
        }
    }
}
