import Foundation
import HTTPTransport
import HTTPTypes
import RawHTTPServer
import Salesforce
import Testing

@Suite("Bulk 2.0 query", .timeLimit(.minutes(20)))
struct BulkQueryTests {
    static let job = "750Tn000004ZoR3IAK"

    @Test("a job is created, watched, read page by page on this thread, and deleted")
    func flow() async throws {
        let job = Self.job
        let org = try ScriptedOrg { request in
            switch (request.method, request.target) {
            case ("POST", "/services/data/v60.0/jobs/query"):
                ScriptedOrg.json(
                    #"{"id":"\#(job)","operation":"queryAll","object":"Account","state":"UploadComplete","apiVersion":60.0,"createdDate":"2024-04-25T15:50:37.000+0000"}"#
                )
            case ("GET", "/services/data/v60.0/jobs/query/\(job)"):
                ScriptedOrg.json(
                    #"{"id":"\#(job)","operation":"queryAll","object":"Account","state":"JobComplete","apiVersion":"60.0","numberRecordsProcessed":3,"retries":0}"#
                )
            case ("GET", "/services/data/v60.0/jobs/query/\(job)/results?maxRecords=2"):
                RawAnswer(200, headers: [("Sforce-NumberOfRecords", "2"), ("Sforce-Locator", "MTA=")], "\"Id\"\n\"a\"\n\"b\"\n")
            case ("GET", "/services/data/v60.0/jobs/query/\(job)/results?locator=MTA%3D&maxRecords=2"):
                RawAnswer(200, headers: [("Sforce-NumberOfRecords", "1"), ("Sforce-Locator", "null")], "\"Id\"\n\"c\"\n")
            case ("DELETE", _): RawAnswer(204)
            default: ScriptedOrg.error("NOT_FOUND", request.target, status: 404)
            }
        }
        let client = org.client()
        let created = try await client.createBulkQuery(#"SELECT Id FROM Account WHERE Name = 'a"b'"#, operation: .queryAll)
        #expect(created.state == .uploadComplete && !created.state.isFinal && created.created?.timeIntervalSince1970 == 1_714_060_237)
        #expect(
            org.requests[0].text
                == #"{"operation":"queryAll","query":"SELECT Id FROM Account WHERE Name = 'a\"b'","contentType":"CSV","columnDelimiter":"COMMA","lineEnding":"LF"}"#
        )
        let status = try await client.bulkQuery(job)
        #expect(status.state == .jobComplete && status.state.isFinal && status.numberRecordsProcessed == 3)
        let transfer = BlockingTransfer(configuration: HTTPClientConfiguration(proxy: .none))
        var csv: [String] = []
        var locator: String?
        repeat {
            let request = try await client.resultsRequest(jobID: job, locator: locator, maxRecords: 2)
            var text = ""
            let statistics = try transfer.run(request) { _ in
                .deliver
            } onBody: {
                text += String(decoding: $0, as: UTF8.self)
            }
            csv.append(text)
            let page = BulkResultPage(head: statistics.head)
            #expect(page.numberOfRecords == text.split(separator: "\n").count - 1)
            locator = page.nextLocator
        } while locator != nil
        #expect(csv == ["\"Id\"\n\"a\"\n\"b\"\n", "\"Id\"\n\"c\"\n"])
        #expect(org.requests.filter { $0.path.hasSuffix("/results") }.allSatisfy { $0.header("Accept") == "text/csv" })
        try await client.deleteBulkQuery(job)
        #expect(org.requests.last?.method == "DELETE")
    }

    @Test("the list of result pages is followed to its end")
    func resultPages() async throws {
        let org = try ScriptedOrg { request in
            request.target.hasSuffix("/resultPages")
                ? ScriptedOrg.json(
                    #"{"resultPages":[{"resultUrl":"/services/data/v60.0/jobs/query/x/results"},{"resultUrl":"/services/data/v60.0/jobs/query/x/results?locator=MTA%3D"}],"#
                        + #""nextRecordsUrl":"/services/data/v60.0/jobs/query/x/resultPages?locator=NTA","done":false}"#)
                : ScriptedOrg.json(
                    #"{"resultPages":[{"resultUrl":"/services/data/v60.0/jobs/query/x/results?maxRecords=1&locator=NTA"}],"nextRecordsUrl":null,"done":true}"#
                )
        }
        let client = org.client()
        let first = try await client.resultPages(jobID: Self.job)
        #expect(first.locators == [nil, "MTA="])
        let second = try await client.resultPages(jobID: Self.job, next: first.next)
        #expect(second.locators == ["NTA"] && second.next == nil)
        #expect(org.requests.last?.target == "/services/data/v60.0/jobs/query/x/resultPages?locator=NTA")
    }

    @Test("a list of pages that leads to another host is not followed with our token")
    func foreignPath() async throws {
        let org = try ScriptedOrg()
        for next in ["https://evil.example/services/data/", "@evil.example/", "/services/data/x y"] {
            let error = await failure { _ = try await org.client().resultPages(jobID: Self.job, next: next) }
            #expect(error?.code == .invalidRequest)
        }
        #expect(org.requests.isEmpty)
    }

    @Test("a download whose token has expired goes on with a new one, and its error is readable")
    func reauthorised() async throws {
        let org = try ScriptedOrg { request in
            request.header("Authorization") == "Bearer token-1"
                ? ScriptedOrg.error("INVALID_SESSION_ID", "Session expired or invalid", status: 401) : RawAnswer(200, "\"Id\"\n")
        }
        let client = org.client()
        let request = try await client.resultsRequest(jobID: Self.job)
        let refused = try BlockingTransfer.run(request, configuration: HTTPClientConfiguration(proxy: .none)) {
            $0.status == 200 ? .deliver : .collect(upTo: 10_000)
        } onBody: { _ in
        }
        let error = SalesforceError(head: refused.head, body: refused.collectedBody, resource: "results")
        #expect(error.retry == .refreshSession && error.code == "INVALID_SESSION_ID")
        let again = try await client.reauthorised(request)
        #expect(again.url == request.url && again.headers[.authorization] == "Bearer token-2")
    }

    @Test(
        "a query that Bulk cannot run is refused with Salesforce's reason, and no job id is believed", arguments: ["../limits", "", "750"])
    func refused(jobID: String) async throws {
        let org = try ScriptedOrg { _ in ScriptedOrg.error("API_ERROR", "Selecting compound data not supported in Bulk Query", status: 400)
        }
        let error = await failure { _ = try await org.client().createBulkQuery("SELECT BillingAddress FROM Account") }
        #expect(error?.code == "API_ERROR" && error?.retry == .never)
        let malformed = await failure { _ = try await org.client().bulkQuery(jobID) }
        #expect(malformed?.code == .invalidRequest)
    }

    @Test("aborting sends the state, and deleting a job that is gone is no error")
    func abort() async throws {
        let org = try ScriptedOrg { request in
            request.method == "PATCH" ? ScriptedOrg.json("{}") : ScriptedOrg.error("NOT_FOUND", "gone", status: 404)
        }
        try await org.client().abortBulkQuery(Self.job)
        #expect(org.requests.last?.text == #"{"state":"Aborted"}"#)
        try await org.client().deleteBulkQuery(Self.job)
    }
}
