import HTTPTransport
import RawHTTPServer
import Salesforce
import Testing

@Suite("Bulk 2.0 ingest", .timeLimit(.minutes(20)))
struct BulkIngestTests {
    static let job = "7505G00000ijiDFQAY"

    static func state(_ state: String) -> RawAnswer {
        ScriptedOrg.json(
            #"{"id":"\#(job)","operation":"upsert","object":"Contact","state":"\#(state)","apiVersion":60.0,"numberRecordsFailed":1}"#)
    }

    @Test("a job is opened, filled once, started, watched, and its results are read")
    func flow() async throws {
        let org = try ScriptedOrg { request in
            switch (request.method, request.path.split(separator: "/").last) {
            case ("POST", "ingest"): Self.state("Open")
            case ("PUT", "batches"): RawAnswer(201)
            case ("PATCH", _): Self.state("UploadComplete")
            case ("GET", "failedResults"): RawAnswer(200, "\"sf__Id\",\"sf__Error\",\"Ext__c\"\n")
            case ("DELETE", _): RawAnswer(204)
            default: Self.state("JobComplete")
            }
        }
        let client = org.client()
        let job = try await client.createBulkIngest("Contact", .upsert(externalIDField: "Ext__c"))
        #expect(job.state == .open)
        #expect(
            org.requests[0].text
                == #"{"object":"Contact","operation":"upsert","externalIdFieldName":"Ext__c","contentType":"CSV","columnDelimiter":"COMMA","lineEnding":"LF"}"#
        )
        let rows = ["\"Ext__c\"\n", "\"1\"\n"]
        let stream = HTTPBodyStream(
            AsyncStream { continuation in
                for row in rows { continuation.yield(Array(row.utf8)) }
                continuation.finish()
            })
        try await client.uploadBulkIngest(job.id, csv: .stream(length: nil, stream))
        #expect(org.requests[1].path == "/services/data/v60.0/jobs/ingest/\(Self.job)/batches")
        #expect(org.requests[1].text == "\"Ext__c\"\n\"1\"\n" && org.requests[1].header("Content-Type") == "text/csv")
        #expect(try await client.startBulkIngest(job.id).state == .uploadComplete)
        #expect(org.requests[2].text == #"{"state":"UploadComplete"}"#)
        let done = try await client.bulkIngest(job.id)
        #expect(done.state == .jobComplete && done.numberRecordsFailed == 1)
        let request = try await client.ingestResultRequest(job.id, .failed)
        let read = try BlockingTransfer.run(request, configuration: HTTPClientConfiguration(proxy: .none)) { _ in
            .collect(upTo: 1000)
        } onBody: { _ in
        }
        #expect(read.collectedBody == Array("\"sf__Id\",\"sf__Error\",\"Ext__c\"\n".utf8))
        try await client.deleteBulkIngest(job.id)
        #expect(org.requests.last?.method == "DELETE")
    }

    @Test("an upload of bytes is repeated with a new token, a spent stream is not", arguments: [true, false])
    func expired(isStream: Bool) async throws {
        let org = try ScriptedOrg { request in
            request.header("Authorization") == "Bearer token-1"
                ? ScriptedOrg.error("INVALID_SESSION_ID", "Session expired or invalid", status: 401) : RawAnswer(201)
        }
        let stream = HTTPBodyStream(AsyncStream<[UInt8]> { $0.finish() })
        let error = await failure {
            try await org.client().uploadBulkIngest(Self.job, csv: isStream ? .stream(length: nil, stream) : .bytes([65]))
        }
        #expect(error?.retry == (isStream ? .refreshSession : nil))
        #expect(org.requests.count == (isStream ? 1 : 2))
    }

    @Test(
        "a row's error is read out of its column",
        arguments: [
            (
                "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
                RecordRefusal(
                    statusCode: "REQUIRED_FIELD_MISSING", message: "Required fields are missing: [LastName]", fields: ["LastName"])
            ),
            (
                "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--",
                RecordRefusal(statusCode: "UNABLE_TO_LOCK_ROW", message: "unable to obtain exclusive access")
            ),
            ("SOMETHING", RecordRefusal(statusCode: "SOMETHING", message: "SOMETHING")),
        ])
    func rowErrors(text: String, expected: RecordRefusal) {
        #expect(RecordRefusal(bulk: text) == expected)
    }
}
