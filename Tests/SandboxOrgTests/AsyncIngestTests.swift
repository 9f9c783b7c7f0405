import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

@Suite("Bulk 1.0: writes")
struct AsyncIngestTests {
    private func rows(_ org: TestOrg, _ soql: String) async throws -> [[String: Any]] { try await org.query(soql).records }

    @Test("rows in JSON are written, and say how each ended, in their order")
    func json() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let run = try await client.run(
                "insert",
                #"[{"attributes":{"type":"Contact"},"LastName":"One","HasOptedOutOfEmail":true,"Account":{"External_Id__c":"A-000002"}},"#
                    + #"{"FirstName":"Two"},{"LastName":"Three","Birthdate":1706659200000,"Title":null}]"#, "Contact")
            let results = try await client.results(run)
            #expect(results.headers["content-type"] == "application/json")
            #expect(
                AsyncClient.masked(results.text)
                    == #"[{"success":true,"created":true,"id":"003…","errors":[]},{"success":false,"created":false,"id":null,"errors":"#
                    + #"[{"message":"Required fields are missing: [LastName]","fields":["LastName"],"#
                    + #""statusCode":"REQUIRED_FIELD_MISSING","extendedErrorDetails":null}]},"#
                    + #"{"success":true,"created":true,"id":"003…","errors":[]}]"#)
            let made = try await rows(
                org,
                "SELECT LastName, HasOptedOutOfEmail, Birthdate, Account.External_Id__c FROM Contact WHERE LastName IN ('One', 'Three') "
                    + "ORDER BY LastName")
            #expect(made.map { $0["LastName"] as? String } == ["One", "Three"])
            #expect(made.first?["HasOptedOutOfEmail"] as? Bool == true)
            #expect((made.first?["Account"] as? [String: Any])?["External_Id__c"] as? String == "A-000002")
            #expect(made.last?["Birthdate"] as? String == "2024-01-31")
            let ids = results.list.compactMap { $0["id"] as? String }
            let update = try await client.run(
                "update", "[{\"Id\":\"\(ids[0])\",\"Title\":\"Chief\"},{\"Id\":\"003000000000000AAA\",\"Title\":\"x\"},{\"Title\":\"y\"}]",
                "Contact")
            #expect(try await client.results(update).list.map { $0["success"] as? Bool } == [true, false, false])
            #expect(try await client.results(update).list.map { $0["created"] as? Bool } == [false, false, false])
            #expect(try await org.get("/sobjects/Contact/\(ids[0])").object["Title"] as? String == "Chief")
        }
    }

    @Test("rows in CSV are written, whichever way their lines end")
    func csv() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let run = try await client.run(
                "upsert",
                "External_Id__c,LastName,Title,Account.External_Id__c\r\nC-000001,\"A, \"\"b\"\"\r\nc\",#N/A,A-000003\r\nNEW,New,,\r\nBAD,,,\r\n",
                "Contact", "CSV", extra: #","externalIdFieldName":"External_Id__c""#)
            let results = try await client.results(run)
            #expect(results.headers["content-type"] == "text/csv")
            let list = readCSV(results.text)
            #expect(list.first == ["Id", "Success", "Created", "Error"])
            #expect(
                list.dropFirst().map { Array($0[1...]) }
                    == [
                        ["true", "false", ""], ["true", "true", ""],
                        ["false", "false", "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"],
                    ])
            #expect(list[1][0].hasPrefix("003") && list[3][0].isEmpty)
            #expect(results.text.hasPrefix("\"Id\",\"Success\",\"Created\",\"Error\"\n\"003"))
            let changed = try #require(
                try await rows(org, "SELECT LastName, Title, Account.External_Id__c FROM Contact WHERE External_Id__c = 'C-000001'").first)
            #expect(changed["LastName"] as? String == "A, \"b\"\nc")
            #expect(changed["Title"] is NSNull)
            #expect((changed["Account"] as? [String: Any])?["External_Id__c"] as? String == "A-000003")
            let delete = try await client.run("delete", "Id\n\(list[1][0])\n\(list[1][0])\n", "Contact", "CSV")
            #expect(readCSV(try await client.results(delete).text).dropFirst().map { $0[1] } == ["true", "false"])
            let hard = try await client.run("hardDelete", "\"Id\"\n\"\(list[2][0])\"\n", "Contact", "CSV")
            #expect(readCSV(try await client.results(hard).text).last == [list[2][0], "true", "false", ""])
            let gone = try await org.query("SELECT Id, IsDeleted FROM Contact WHERE Id IN ('\(list[1][0])','\(list[2][0])')", all: true)
            #expect(gone.records.map { $0["IsDeleted"] as? Bool } == [true])
            #expect(try await client.get("/job/\(hard.job)/batch/\(hard.batch)/request").text == "\"Id\"\n\"\(list[2][0])\"\n")
        }
    }

    @Test("rows in XML are written, with nulls, parents, entities and sections")
    func xml() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let id = try #require(try await rows(org, "SELECT Id FROM Contact WHERE Title != null LIMIT 1").first?["Id"] as? String)
            let run = try await client.run(
                "update",
                """
                <?xml version='1.0' encoding="UTF-8"?>
                <sObjects xmlns="\(AsyncClient.namespace)" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
                 <sObject><Id>\(id)</Id><LastName>&lt;Łódź&gt; &#38; <![CDATA[<co>]]></LastName><Title xsi:nil="true"/>
                  <HasOptedOutOfEmail>1</HasOptedOutOfEmail><Account><sObject><External_Id__c>A-000004</External_Id__c></sObject></Account></sObject>
                 <sObject><Id>\(id.prefix(15))</Id><Email>nobody</Email></sObject>
                </sObjects>
                """, "Contact", "XML")
            let results = try await client.results(run)
            #expect(results.headers["content-type"] == "application/xml")
            #expect(
                AsyncClient.masked(results.text) == """
                    <?xml version="1.0" encoding="UTF-8"?><results
                       xmlns="http://www.force.com/2009/06/asyncapi/dataload">
                     <result>
                      <id>003…</id>
                      <success>true</success>
                      <created>false</created>
                     </result>
                     <result>
                      <errors>
                       <fields>Email</fields>
                       <message>Email: invalid email address: nobody</message>
                       <statusCode>INVALID_EMAIL_ADDRESS</statusCode>
                      </errors>
                      <success>false</success>
                      <created>false</created>
                     </result>
                    </results>
                    """)
            let changed = try await rows(
                org, "SELECT LastName, Title, HasOptedOutOfEmail, Account.External_Id__c FROM Contact WHERE Id = '\(id)'")
            #expect(changed.first?["LastName"] as? String == "<Łódź> & <co>")
            #expect(changed.first?["Title"] is NSNull)
            #expect(changed.first?["HasOptedOutOfEmail"] as? Bool == true)
            #expect((changed.first?["Account"] as? [String: Any])?["External_Id__c"] as? String == "A-000004")
        }
    }

    @Test(
        "a batch that cannot be read fails as a whole, and nothing is written",
        arguments: [
            ("CSV", "Name,Nope__c\na,b\n", "InvalidBatch : Field name not found : Nope__c"),
            ("CSV", "Name\n", "InvalidBatch : Records not found"), ("CSV", "", "InvalidBatch : Records not found"),
            ("CSV", "Name,Phone\na\n", "InvalidBatch : Failed to parse CSV. Row 1 has 1 columns, the header has 2"),
            ("CSV", "Name\n\"a", "InvalidBatch : Failed to parse CSV. a quoted field is not closed"),
            ("JSON", "[]", "InvalidBatch : Records not found"),
            ("JSON", #"[{"Name":"a","Nope__c":1}]"#, "InvalidBatch : Field name not found : Nope__c"),
            ("JSON", #"{"Name":"a"}"#, "InvalidBatch : Failed to parse JSON. A list of records is expected"),
            ("JSON", "[1]", "InvalidBatch : Failed to parse JSON. A record must be an object"),
            ("JSON", "[{]", "InvalidBatch : Failed to parse JSON. was expecting double-quote to start field name at [line:1, column:3]"),
            ("XML", "<sObjects><sObject><Nope__c/></sObject></sObjects>", "InvalidBatch : Field name not found : Nope__c"),
            ("XML", "<sObjects><sObject>", "InvalidBatch : Failed to parse XML. The element sObject is not closed at line 1"),
            ("XML", "<records/>", "InvalidBatch : Failed to parse XML. Found 'records' where sObjects was expected"),
        ])
    func failures(contentType: String, body: String, message: String) async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let run = try await client.run("insert", body, "Account", contentType)
            #expect(try await client.state(run) == ("Failed", message))
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 300)
        }
    }

    @Test("a batch has 10,000 rows and ten million bytes at the most")
    func limits() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let rows = "Name\n" + String(repeating: "a\n", count: 10_001)
            let many = try await client.state(try await client.run("insert", rows, "Account", "CSV"))
            #expect(many == ("Failed", "InvalidBatch : The batch has 10001 records, the maximum is 10000"))
            let job = try await client.job("insert", "Account", "CSV")
            for size in [10_000_001, 21_000_000] {
                let large = try await client.call("POST", "/job/\(job)/batch", body: String(repeating: "a", count: size))
                #expect(large.object["exceptionMessage"] as? String == "Failed to read request. Exceeded max size limit of 10000000")
                #expect(large.object["exceptionCode"] as? String == "ClientInputError")
            }
        }
    }

    @Test("locked rows, jobs that fail by order, counters of use and change events are those of the other APIs")
    func faults() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            func batches() async throws -> Int? {
                (try await org.get("/limits").object["DailyBulkApiBatches"] as? [String: Int])?["Remaining"]
            }
            let before = try #require(try await batches())
            #expect(try await org.call("POST", "/sandbox/faults", body: #"{"locked_rows_per_thousand":1000}"#).status == 200)
            let locked = try await client.run("insert", #"[{"Name":"locked"}]"#)
            let errors = try await client.results(locked).list.first?["errors"] as? [[String: Any]]
            #expect(errors?.first?["statusCode"] as? String == "UNABLE_TO_LOCK_ROW")
            #expect(try await org.call("POST", "/sandbox/faults", body: #"{"locked_rows_per_thousand":0,"failing_jobs":1}"#).status == 200)
            let failed = try await client.run("insert", #"[{"Name":"failed"}]"#)
            #expect(try await client.state(failed) == ("Failed", "InternalServerError : UNKNOWN_EXCEPTION: An unexpected error occurred."))
            _ = try await client.run("insert", #"[{"Name":"good"},{"Name":"good"}]"#)
            #expect(try await batches() == before - 3)
            let stats = try await org.get("/sandbox/stats").object
            let writes = stats["writes"] as? [String: [String: [String: Int]]]
            #expect(writes?["Account"]?["insert"] == ["calls": 2, "records": 2, "failed": 1])
            #expect(try await org.call("POST", "/sandbox/faults", body: #"{"api_quota":0}"#).status == 200)
            let spent = try await client.get("/job/\(failed.job)")
            #expect(spent.status == 403)
            #expect(spent.object["exceptionCode"] as? String == "ExceededQuota")
        }
    }

    @Test("a batch of 10,000 rows is written, and bearer tokens are as good as the header of Bulk 1.0")
    func many() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let job = try await client.job("insert", "Lead")
            let rows = (0..<10_000).map { "{\"LastName\":\"L\($0)\",\"Company\":\"Many\"}" }.joined(separator: ",")
            let added = try await TestOrg.request(
                "POST", org.server.url + "/services/async/60.0/job/\(job)/batch",
                headers: ["Authorization": "Bearer \(org.token)", "Content-Type": "application/json"], body: "[\(rows)]")
            let batch = try #require(added.object["id"] as? String)
            let results = try await client.results((job, batch)).list
            #expect(results.count == 10_000 && results.allSatisfy { $0["success"] as? Bool == true })
            #expect(Set(results.compactMap { $0["id"] as? String }).count == 10_000)
            #expect(try await org.query("SELECT COUNT() FROM Lead WHERE Company = 'Many'").object["totalSize"] as? Int == 10_000)
        }
    }
}
