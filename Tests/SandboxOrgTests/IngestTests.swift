import Foundation
import Testing

@testable import SandboxBulk
@testable import SandboxOrg

@Suite("Bulk 2.0 ingest")
struct IngestTests {
    private func create(_ org: TestOrg, _ operation: String, _ object: String = "Account", extra: String = "") async throws -> String {
        let answer = try await org.call(
            "POST", "/jobs/ingest", body: "{\"object\":\"\(object)\",\"operation\":\"\(operation)\",\"contentType\":\"CSV\"\(extra)}")
        return try #require(answer.object["id"] as? String, "\(answer.text)")
    }

    /// Uploads, closes, and waits for the end; the finished job.
    @discardableResult
    private func run(_ org: TestOrg, _ id: String, _ csv: String) async throws -> [String: Any] {
        #expect(try await org.call("PUT", "/jobs/ingest/\(id)/batches", headers: ["Content-Type": "text/csv"], body: csv).status == 201)
        #expect(try await org.call("PATCH", "/jobs/ingest/\(id)", body: #"{"state":"UploadComplete"}"#).status == 200)
        var job: [String: Any] = [:]
        try await eventually("the job does not end") {
            job = try await org.get("/jobs/ingest/\(id)").object
            return ["JobComplete", "Failed"].contains(job["state"] as? String)
        }
        return job
    }

    private func rows(_ org: TestOrg, _ id: String, _ kind: String, delimiter: Character = ",") async throws -> [[String]] {
        readCSV(try await org.get("/jobs/ingest/\(id)/\(kind)").text, delimiter: delimiter)
    }

    @Test("a job goes from Open to JobComplete, in the recorded shapes")
    func life() async throws {
        try await TestOrg.with { org in
            let created = try await org.call(
                "POST", "/jobs/ingest",
                body: #"{"object":"Account","operation":"upsert","externalIdFieldName":"External_Id__c","lineEnding":"LF"}"#)
            #expect(created.status == 200)
            #expect(
                Set(created.object.keys) == [
                    "id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "externalIdFieldName",
                    "concurrencyMode", "contentType", "apiVersion", "contentUrl", "lineEnding", "columnDelimiter",
                ])
            let id = try #require(created.object["id"] as? String)
            #expect(created.object["state"] as? String == "Open")
            #expect(created.object["contentUrl"] as? String == "services/data/v60.0/jobs/ingest/\(id)/batches")
            let done = try await run(org, id, "External_Id__c,Name,Phone\nA-000001,Known,1\nNEW-1,New,2\nNEW-2,,3\n")
            // Everything that bulk2_ingest_job_upsert_InProgress.json has, but for errorMessage, which only a failed job shows.
            #expect(
                Set(done.keys) == [
                    "lineEnding", "numberRecordsFailed", "externalIdFieldName", "numberRecordsProcessed", "systemModstamp",
                    "apiActiveProcessingTime", "concurrencyMode", "retries", "apexProcessingTime", "createdDate", "apiVersion", "id",
                    "state",
                    "jobType", "totalProcessingTime", "contentType", "operation", "createdById", "object", "columnDelimiter",
                ])
            #expect(done["state"] as? String == "JobComplete")
            #expect(done["numberRecordsProcessed"] as? Int == 3)
            #expect(done["numberRecordsFailed"] as? Int == 1)
            let good = try await rows(org, id, "successfulResults")
            #expect(good.first == ["sf__Id", "sf__Created", "External_Id__c", "Name", "Phone"])
            #expect(good.dropFirst().map { Array($0[1...]) } == [["false", "A-000001", "Known", "1"], ["true", "NEW-1", "New", "2"]])
            #expect(good.dropFirst().allSatisfy { $0[0].hasPrefix("001") && $0[0].utf8.count == 18 })
            let bad = try await rows(org, id, "failedResults/")
            #expect(bad.first == ["sf__Id", "sf__Error", "External_Id__c", "Name", "Phone"])
            #expect(bad[1] == ["", "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --", "NEW-2", "", "3"])
            #expect(try await rows(org, id, "unprocessedrecords") == [["External_Id__c", "Name", "Phone"]])
            let writes = try await org.get("/sandbox/stats").object["writes"] as? [String: [String: [String: Int]]]
            #expect(writes?["Account"]?["upsert"] == ["calls": 1, "records": 2, "failed": 1])
            #expect(try await org.call("DELETE", "/jobs/ingest/\(id)").status == 204)
            #expect(try await org.get("/jobs/ingest/\(id)").status == 404)
        }
    }

    @Test("insert, update, delete and hardDelete each do what they say")
    func operations() async throws {
        try await TestOrg.with { org in
            let insert = try await create(org, "insert")
            try await run(org, insert, "Name,Active__c\n" + (0..<450).map { "Made \($0),yes" }.joined(separator: "\n"))
            let ids = try await rows(org, insert, "successfulResults").dropFirst().map { $0[0] }
            #expect(ids.count == 450)
            #expect(
                try await org.query("SELECT COUNT() FROM Account WHERE Name LIKE 'Made %' AND Active__c = true").object["totalSize"] as? Int
                    == 450)
            let update = try await create(org, "update")
            try await run(org, update, "Id,Phone,Site\n\(ids[0]),5,x\n\(ids[1]),6,\n001000000000000AAA,7,\nnonsense,8,\n")
            #expect(try await rows(org, update, "failedResults").count == 3)
            #expect(try await org.get("/sobjects/Account/\(ids[1])").object["Phone"] as? String == "6")
            let delete = try await create(org, "delete")
            try await run(org, delete, "Id\n\(ids[0])\n\(ids[0])\n")
            #expect(try await rows(org, delete, "failedResults").last?[1] == "ENTITY_IS_DELETED:entity is deleted: --")
            #expect(try await org.query("SELECT COUNT() FROM Account WHERE Id = '\(ids[0])'", all: true).object["totalSize"] as? Int == 1)
            let hard = try await create(org, "hardDelete")
            try await run(org, hard, "Id\n\(ids[0])\n\(ids[2])\n")
            #expect(try await rows(org, hard, "successfulResults").count == 3)
            let gone = "SELECT COUNT() FROM Account WHERE Id IN ('\(ids[0])','\(ids[2])')"
            #expect(try await org.query(gone, all: true).object["totalSize"] as? Int == 0)
            #expect(try await org.query("SELECT COUNT() FROM Account", all: true).object["totalSize"] as? Int == 748)
        }
    }

    @Test("quotes, line ends, delimiters, #N/A, empty cells and parents by external id")
    func dialect() async throws {
        try await TestOrg.with { org in
            let id = try await create(
                org, "upsert", "Contact",
                extra: #","externalIdFieldName":"External_Id__c","columnDelimiter":"SEMICOLON","lineEnding":"CRLF""#)
            let done = try await run(
                org, id,
                "External_Id__c;LastName;Title;Account.External_Id__c;Birthdate\r\n"
                    + "\"K;1\";\"said \"\"hi\"\"\r\ntwice\";first;A-000002;2020-02-29\r\n\"K-2\";Two;;#N/A;\r\nK-3;Three;;nobody;\r\n")
            #expect(done["numberRecordsFailed"] as? Int == 1)
            let made = try await org.query(
                "SELECT LastName, Title, Account.External_Id__c, Birthdate FROM Contact WHERE External_Id__c = 'K;1'"
            ).records.first
            #expect(made?["LastName"] as? String == "said \"hi\"\ntwice")
            #expect((made?["Account"] as? [String: Any])?["External_Id__c"] as? String == "A-000002")
            #expect(made?["Birthdate"] as? String == "2020-02-29")
            #expect(try await rows(org, id, "failedResults", delimiter: ";").last?[1].contains("Foreign key external ID: nobody") ?? false)
            let again = try await create(org, "upsert", "Contact", extra: #","externalIdFieldName":"External_Id__c""#)
            try await run(org, again, "External_Id__c,LastName,Title,Account.External_Id__c\nK;1,,#N/A,\n")
            let kept = try await org.query("SELECT LastName, Title, AccountId FROM Contact WHERE External_Id__c = 'K;1'").records.first
            #expect(kept?["Title"] is NSNull)
            #expect(kept?["AccountId"] is String && (kept?["LastName"] as? String)?.hasPrefix("said") ?? false)
        }
    }

    @Test(
        "an upload that cannot be read fails the job, and its rows stay unprocessed",
        arguments: [
            ("Name,Foo__c\na,b\n", "InvalidBatch : Field name not found : Foo__c"),
            ("Phone\n1\n", "InvalidBatch : Field name not found : External_Id__c"),
            ("External_Id__c,Name\na\n", "InvalidBatch : Failed to parse CSV. Row 1 has 1 columns, the header has 2"),
            ("External_Id__c,Name\na,\"b", "InvalidBatch : Failed to parse CSV. a quoted field is not closed"),
            ("External_Id__c,Name\na, \"b\"\n", "InvalidBatch : Failed to parse CSV. a quote must be the first character of its field"),
            (
                "External_Id__c,Name\r\na,b\r\n",
                "InvalidBatch : Failed to parse CSV. LineEnding is invalid on user data. Current LineEnding setting is LF"
            ),
        ])
    func failures(csv: String, message: String) async throws {
        try await TestOrg.with { org in
            let id = try await create(org, "upsert", extra: #","externalIdFieldName":"External_Id__c""#)
            let job = try await run(org, id, csv)
            #expect(job["state"] as? String == "Failed")
            #expect(job["errorMessage"] as? String == message)
        }
    }

    @Test("states are kept: one upload, no results before the end, an abort")
    func states() async throws {
        var options = TestOrg.small
        options.bulkDelay = .seconds(3600)
        options.allowsHardDelete = false
        try await TestOrg.with(options) { org in
            let id = try await create(org, "insert")
            #expect(try await org.get("/jobs/ingest/\(id)/successfulResults").errorCode == "INVALIDJOBSTATE")
            #expect(try await org.call("DELETE", "/jobs/ingest/\(id)").errorCode == "API_ERROR")
            let csv = ["Content-Type": "text/csv"]
            #expect(try await org.call("PUT", "/jobs/ingest/\(id)/batches", headers: csv, body: "Name\na\n").status == 201)
            #expect(try await org.call("PUT", "/jobs/ingest/\(id)/batches", headers: csv, body: "Name\nb\n").status == 400)
            #expect(
                try await org.call("PATCH", "/jobs/ingest/\(id)", body: #"{"state":"UploadComplete"}"#).object["state"] as? String
                    == "UploadComplete")
            #expect(try await org.get("/jobs/ingest/\(id)").object["state"] as? String == "InProgress")
            let other = try await create(org, "insert")
            #expect(
                try await org.call("PATCH", "/jobs/ingest/\(other)", body: #"{"state":"Aborted"}"#).object["state"] as? String == "Aborted")
            #expect(
                try await org.call("PATCH", "/jobs/ingest/\(other)", body: #"{"state":"UploadComplete"}"#).errorCode == "INVALIDJOBSTATE")
            #expect(try await org.get("/jobs/ingest").records.count == 2)
            let refused = try await org.call("POST", "/jobs/ingest", body: #"{"object":"Account","operation":"hardDelete"}"#)
            #expect(refused.errorCode == "FEATURENOTENABLED")
            #expect(
                try await org.call("POST", "/jobs/ingest", body: #"{"object":"Nothing","operation":"insert"}"#).errorCode == "INVALIDENTITY"
            )
            #expect(
                try await org.call("POST", "/jobs/ingest", body: #"{"object":"Account","operation":"upsert"}"#).errorCode == "INVALIDJOB")
        }
    }

    @Test("one multipart request makes a job and starts it")
    func multipart() async throws {
        try await TestOrg.with { org in
            let body =
                "--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n"
                + "{\"object\":\"Lead\",\"operation\":\"insert\"}\r\n--B\r\nContent-Type: text/csv\r\n"
                + "Content-Disposition: form-data; name=\"content\"; filename=\"x\"\r\n\r\nLastName,Company\nL,C\n\r\n--B--\r\n"
            let answer = try await org.call(
                "POST", "/jobs/ingest", headers: ["Content-Type": "multipart/form-data; boundary=B"], body: body)
            let id = try #require(answer.object["id"] as? String, "\(answer.text)")
            try await eventually { try await org.get("/jobs/ingest/\(id)").object["state"] as? String == "JobComplete" }
            #expect(try await rows(org, id, "successfulResults").last?[2...] == ["L", "C"])
        }
    }

    @Test("no upload, however odd, stops the reader")
    func fuzz() {
        var random = SplitMix(state: 5)
        let alphabet = Array("\"\"\"\n\r,;ab\u{0}é".utf8)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            var reader = CSVReader(
                bytes: bytes, dialect: CSVDialect(delimiterName: "COMMA", lineEnding: Bool.random(using: &random) ? "LF" : "CRLF"))
            var count = 0
            while let row = try? reader.next() {
                #expect(!row.isEmpty)
                count += 1
                #expect(count <= bytes.count)
            }
        }
    }
}
