import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

@Suite("Bulk 1.0: documents")
struct AsyncDocumentTests {
    private static let upsertInXML = """
        <?xml version="1.0" encoding="UTF-8"?><d:jobInfo xmlns:d="\(AsyncClient.namespace)"><!-- as some clients write it -->
        <d:operation>upsert</d:operation><d:object><![CDATA[Contact]]></d:object>
        <d:externalIdFieldName>External&#x5f;Id__c</d:externalIdFieldName><d:nonsense>1</d:nonsense><d:contentType>CSV</d:contentType></d:jobInfo>
        """

    @Test("a job in XML is laid out as recorded")
    func jobInXML() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let made = try await client.call("POST", "/job", type: AsyncClient.xml, body: Self.upsertInXML)
            #expect(made.status == 201)
            #expect(made.headers["content-type"] == "application/xml")
            let id = try #require(AsyncClient.element("id", made.text))
            #expect(id.utf8.count == 18)
            #expect(made.headers["location"] == "/services/async/60.0/job/\(id)")
            let golden = """
                <?xml version="1.0" encoding="UTF-8"?><jobInfo
                   xmlns="http://www.force.com/2009/06/asyncapi/dataload">
                 <id>750…</id>
                 <operation>upsert</operation>
                 <object>Contact</object>
                 <createdById>005…</createdById>
                 <createdDate>TIMEZ</createdDate>
                 <systemModstamp>TIMEZ</systemModstamp>
                 <state>Open</state>
                 <externalIdFieldName>External_Id__c</externalIdFieldName>
                 <concurrencyMode>Parallel</concurrencyMode>
                 <contentType>CSV</contentType>
                 <numberBatchesQueued>0</numberBatchesQueued>
                 <numberBatchesInProgress>0</numberBatchesInProgress>
                 <numberBatchesCompleted>0</numberBatchesCompleted>
                 <numberBatchesFailed>0</numberBatchesFailed>
                 <numberBatchesTotal>0</numberBatchesTotal>
                 <numberRecordsProcessed>0</numberRecordsProcessed>
                 <numberRetries>0</numberRetries>
                 <apiVersion>60.0</apiVersion>
                 <numberRecordsFailed>0</numberRecordsFailed>
                 <totalProcessingTime>0</totalProcessingTime>
                 <apiActiveProcessingTime>0</apiActiveProcessingTime>
                 <apexProcessingTime>0</apexProcessingTime>
                </jobInfo>
                """
            #expect(AsyncClient.masked(made.text) == golden)
            let again = try await client.get("/job/\(id.prefix(15))/", type: nil)
            #expect(again.text == made.text)
            let close = "<jobInfo xmlns=\"\(AsyncClient.namespace)\"><state>Closed</state></jobInfo>"
            let closed = try await client.call("POST", "//job//\(id)", type: "text/csv; charset=UTF-8", body: close)
            #expect(closed.status == 200)
            #expect(AsyncClient.masked(closed.text) == golden.replacing(">Open<", with: ">Closed<"))
        }
    }

    @Test("a job in JSON has every key, by name, and nulls")
    func jobInJSON() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            // As simple-salesforce sends it.
            let made = try await client.call(
                "POST", "/job", body: #"{"operation":"insert","object":"Lead","concurrencyMode":1,"contentType":"JSON","more":{"a":[]}}"#)
            #expect(made.status == 201)
            #expect(made.headers["content-type"] == "application/json")
            #expect(
                AsyncClient.masked(made.text)
                    == #"{"apexProcessingTime":0,"apiActiveProcessingTime":0,"apiVersion":60.0,"assignmentRuleId":null,"#
                    + #""concurrencyMode":"Serial","contentType":"JSON","createdById":"005…","createdDate":"TIME+0000","#
                    + #""externalIdFieldName":null,"fastPathEnabled":false,"id":"750…","numberBatchesCompleted":0,"#
                    + #""numberBatchesFailed":0,"numberBatchesInProgress":0,"numberBatchesQueued":0,"numberBatchesTotal":0,"#
                    + #""numberRecordsFailed":0,"numberRecordsProcessed":0,"numberRetries":0,"object":"Lead","operation":"insert","#
                    + #""state":"Open","systemModstamp":"TIME+0000","totalProcessingTime":0}"#)
        }
    }

    @Test("a batch is queued when it is added and completed when it is asked for, in both forms; lists are lists of such")
    func batches() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let json = try await client.job("insert", "Lead")
            let added = try await client.call("POST", "/job/\(json)/batch", body: #"[{"LastName":"a","Company":"b"},{"LastName":"a"}]"#)
            func golden(_ state: String, _ counts: (Int, Int), _ time: String) -> String {
                #"{"apexProcessingTime":0,"apiActiveProcessingTime":\#(time),"createdDate":"TIME+0000","id":"751…","jobId":"750…","#
                    + #""numberRecordsFailed":\#(counts.1),"numberRecordsProcessed":\#(counts.0),"state":"\#(state)","stateMessage":null,"#
                    + #""systemModstamp":"TIME+0000","totalProcessingTime":\#(time)}"#
            }
            #expect(added.status == 201)
            #expect(added.headers["content-type"] == "application/json")
            #expect(AsyncClient.masked(added.text) == golden("Queued", (0, 0), "0"))
            let id = try #require(added.object["id"] as? String)
            #expect(added.headers["location"] == "/services/async/60.0/job/\(json)/batch/\(id)")
            #expect(AsyncClient.masked(try await client.get("/job/\(json)/batch/\(id)").text) == golden("Completed", (2, 1), "MS"))
            let list = try await client.get("/job/\(json)/batch", type: AsyncClient.xml)
            #expect(AsyncClient.masked(list.text) == "{\"batchInfo\":[\(golden("Completed", (2, 1), "MS"))]}")
            let csv = try await client.job("insert", "Lead", "CSV")
            let batch = try await client.call("POST", "/job/\(csv)/batch", type: "text/csv", body: "LastName,Nope__c\na,b\n")
            #expect(batch.headers["content-type"] == "application/xml")
            let inXML = """
                <?xml version="1.0" encoding="UTF-8"?><batchInfoList
                   xmlns="http://www.force.com/2009/06/asyncapi/dataload">
                 <batchInfo>
                  <id>751…</id>
                  <jobId>750…</jobId>
                  <state>Failed</state>
                  <stateMessage>InvalidBatch : Field name not found : Nope__c</stateMessage>
                  <createdDate>TIMEZ</createdDate>
                  <systemModstamp>TIMEZ</systemModstamp>
                  <numberRecordsProcessed>0</numberRecordsProcessed>
                  <numberRecordsFailed>0</numberRecordsFailed>
                  <totalProcessingTime>0</totalProcessingTime>
                  <apiActiveProcessingTime>0</apiActiveProcessingTime>
                  <apexProcessingTime>0</apexProcessingTime>
                 </batchInfo>
                </batchInfoList>
                """
            #expect(AsyncClient.masked(try await client.get("/job/\(csv)/batch").text) == inXML)
            let counted = try await client.get("/job/\(json)").object
            #expect(counted["numberBatchesTotal"] as? Int == 1)
            #expect(counted["numberBatchesCompleted"] as? Int == 1)
            #expect(counted["numberRecordsProcessed"] as? Int == 2)
            #expect(counted["numberRecordsFailed"] as? Int == 1)
            #expect(try await client.get("/job/\(csv)").object["numberBatchesFailed"] as? Int == 1)
        }
    }

    /// Content type of the job and of the request, then what the answers about the job and its batches are written in.
    @Test(
        "answers about jobs follow the request, answers about batches follow the job",
        arguments: [
            ("CSV", "application/json", "application/json", "application/xml"),
            ("CSV", "application/xml", "application/xml", "application/xml"),
            ("JSON", "application/xml", "application/xml", "application/json"), ("XML", "text/csv", "application/xml", "application/xml"),
            ("JSON", "text/csv", "application/json", "application/json"),
        ])
    func forms(job: String, request: String, aboutJob: String, aboutBatch: String) async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let run = try await client.run("query", "SELECT Id FROM Account", "Account", job)
            #expect(try await client.get("/job/\(run.job)", type: request).headers["content-type"] == aboutJob)
            #expect(try await client.get("/job/\(run.job)/batch/\(run.batch)", type: request).headers["content-type"] == aboutBatch)
            #expect(try await client.get("/job/\(run.job)/batch/\(run.batch)/result", type: request).headers["content-type"] == aboutBatch)
        }
    }

    @Test("an error is one object, in the form of the request")
    func errors() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let json = try await client.call("GET", "/job", headers: ["X-SFDC-Session": "nobody"])
            #expect(json.status == 400)
            #expect(json.headers["content-type"] == "application/json")
            #expect(json.text == #"{"exceptionCode":"InvalidSessionId","exceptionMessage":"Invalid session id"}"#)
            let xml = try await client.call("GET", "/job/750000000000000AAA", type: AsyncClient.xml)
            #expect(xml.status == 400)
            #expect(xml.headers["content-type"] == "application/xml")
            #expect(
                xml.text == """
                    <?xml version="1.0" encoding="UTF-8"?><error
                       xmlns="http://www.force.com/2009/06/asyncapi/dataload">
                     <exceptionCode>InvalidJob</exceptionCode>
                     <exceptionMessage>Unable to find job for id: 750000000000000AAA</exceptionMessage>
                    </error>
                    """)
        }
    }

    @Test(
        "a job that cannot be is refused, and says why",
        arguments: [
            (#"{"operation":"merge","object":"Account"}"#, "InvalidJob", "operation must be one of"),
            (#"{"object":"Account"}"#, "InvalidJob", "operation must be one of"),
            (#"{"operation":"insert"}"#, "InvalidJob", "object is required"),
            (#"{"operation":"insert","object":"Nope__c"}"#, "InvalidEntity", "Entity 'Nope__c' is not supported by the Bulk API."),
            (#"{"operation":"insert","object":"Account","contentType":"ZIP_CSV"}"#, "FeatureNotEnabled", "Binary attachments"),
            (#"{"operation":"insert","object":"Account","contentType":"YAML"}"#, "InvalidJob", "contentType must be one of"),
            (#"{"operation":"upsert","object":"Account"}"#, "InvalidJob", "External ID was blank for Account."),
            (#"{"operation":"upsert","object":"Account","externalIdFieldName":"Phone"}"#, "InvalidJob", "Field name provided, Phone"),
            (#"{"operation":"hardDelete","object":"Account"}"#, "FeatureNotEnabled", "special user profile permission"),
            (#"{"operation":"#, "InvalidJob", "Unable to parse Job."), ("[]", "InvalidJob", "Unable to parse Job."),
        ])
    func refused(body: String, code: String, message: String) async throws {
        var options = TestOrg.small
        options.allowsHardDelete = false
        try await TestOrg.with(options) { org in
            let answer = try await AsyncClient(org: org).call("POST", "/job", body: body)
            #expect(answer.status == 400)
            #expect(answer.object["exceptionCode"] as? String == code)
            #expect((answer.object["exceptionMessage"] as? String)?.contains(message) ?? false, "\(answer.text)")
        }
    }

    @Test("paths and methods that Bulk 1.0 does not have, versions that are retired, and XML that is none are refused in its own form")
    func strays() async throws {
        try await TestOrg.with { org in
            let client = AsyncClient(org: org)
            let job = try await client.job("query")
            func code(_ method: String, _ path: String, _ body: String? = nil, type: String = AsyncClient.json) async throws -> String {
                let answer = try await client.call(method, path, type: type, body: body)
                let code = answer.object["exceptionCode"] as? String ?? AsyncClient.element("exceptionCode", answer.text)
                return "\(answer.status) \(code ?? answer.text)"
            }
            #expect(try await code("GET", "/job") == "405 ClientInputError")
            #expect(try await code("DELETE", "/job/\(job)") == "405 ClientInputError")
            #expect(try await code("GET", "/jobs") == "404 InvalidUrl")
            #expect(try await code("GET", "/job/\(job)/spec") == "404 InvalidUrl")
            #expect(try await code("GET", "/job/\(job)/batch/751000000000000") == "400 InvalidBatch")
            #expect(try await code("POST", "/job/\(job)", #"{"state":"Open"}"#) == "400 InvalidJobState")
            #expect(try await code("POST", "/job", "<jobInfo", type: AsyncClient.xml) == "400 InvalidXML")
            #expect(try await code("POST", "/job", "<sObjects/>", type: AsyncClient.xml) == "400 InvalidXML")
            #expect(try await code("POST", "/services/async/99.0/job", "{}") == "400 InvalidVersion")
            #expect(try await org.call("POST", "/sandbox/faults", body: #"{"oldest_version":61}"#).status == 200)
            #expect(try await code("GET", "/job/\(job)") == "400 InvalidVersion")
        }
    }
}
