import Foundation
import HTTPTransport
import HTTPTypes
import RawHTTPServer
import Salesforce
import Testing

/// What an org, or whoever stands before it, may say: of any length, with anything in it.
@Suite("Errors of 10 MB", .timeLimit(.minutes(20)))
struct ForeignErrorTests {
    private static let long = String(repeating: "Grüße 東京 👩‍👩‍👧 ", count: 10_000_000 / 42)

    private func check(_ error: SalesforceError?, _ words: String? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
        guard let error else {
            Issue.record("no error", sourceLocation: sourceLocation)
            return
        }
        #expect("\(error)".unicodeScalars.count <= 2000, sourceLocation: sourceLocation)
        #expect(error.message.unicodeScalars.count <= 2000 && !error.message.contains("\0"), sourceLocation: sourceLocation)
        #expect(error.code.rawValue.unicodeScalars.count <= 200 && error.fields.count <= 50, sourceLocation: sourceLocation)
        #expect(error.resource.unicodeScalars.count <= 500, sourceLocation: sourceLocation)
        if let words { #expect("\(error)".contains(words), "\(error)", sourceLocation: sourceLocation) }
    }

    @Test("of the API, in JSON: message, code and fields")
    func json() async throws {
        let long = Self.long
        let fields = (0..<2000).map { #""Field\#($0)_\#(String(repeating: "x", count: 1000))__c""# }.joined(separator: ",")
        for body in [
            #"[{"message":"\u0000It went wrong: \#(long)","errorCode":"INVALID_FIELD","fields":["Name"]}]"#,
            #"[{"message":"It went wrong","errorCode":"INVALID_FIELD","fields":[\#(fields)]}]"#,
            #"[{"message":"It went wrong","errorCode":"\#(long)"}]"#, #"{"error":"x","error_description":"It went wrong: \#(long)"}"#,
        ] {
            let org = try ScriptedOrg { _ in ScriptedOrg.json(body, status: 400) }
            check(await failure { _ = try await org.client().describeGlobal() }, "It went wrong")
        }
    }

    @Test("of whatever is not JSON: a page, bytes that are no UTF-8, a content type without an end")
    func notJSON() async throws {
        let page = Array(("<html>We are down" + Self.long).utf8)
        for (type, body) in [
            ("text/html", page), ("application/json", [UInt8](repeating: 0xFF, count: 10_000_000)),
            (String(repeating: "text", count: 10_000), page), ("text/plain", [UInt8](repeating: 0, count: 10_000_000)),
        ] {
            for status in [200, 400, 503] {
                let org = try ScriptedOrg { _ in RawAnswer(status, headers: [("Content-Type", type)], bytes: body) }
                check(await failure { _ = try await org.client().describeGlobal() })
            }
        }
    }

    @Test("of a login")
    func login() async throws {
        let long = Self.long
        for body in [
            #"{"error":"invalid_grant","error_description":"expired access/refresh token \#(long)"}"#, #"{"error":"\#(long)"}"#, long,
        ] {
            let org = try ScriptedOrg(login: { _, _ in RawAnswer(400, headers: [("Content-Type", "application/json")], body) })
            check(await failure { _ = try await org.session().token() })
        }
    }

    @Test("of records, of bulk jobs and of their rows")
    func records() throws {
        let long = Self.long
        let results = try JSONDecoder().decode(
            [RecordResult].self,
            from: Data(
                #"[{"success":false,"errors":[{"statusCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","message":"No\u0000: \#(long)","fields":["\#(long)"]}]}]"#
                    .utf8))
        let error = try #require(results[0].error)
        #expect(error.message.unicodeScalars.count == 2000 && error.message.hasPrefix("No: Grüße") && !error.message.contains("\0"))
        #expect(error.fields[0].unicodeScalars.count <= 200 && error.humanMessage.unicodeScalars.count <= 2000)
        let bulk = RecordRefusal(bulk: "DUPLICATE_VALUE:\(long):Name --")
        #expect(bulk.statusCode == "DUPLICATE_VALUE" && bulk.message.unicodeScalars.count <= 2000 && bulk.fields == ["Name"])
        #expect(RecordRefusal(bulk: long).statusCode.unicodeScalars.count <= 200)
        let job = try JSONDecoder().decode(
            BulkJob.self, from: Data(#"{"id":"750","operation":"query","state":"Failed","errorMessage":"Why: \#(long)"}"#.utf8))
        #expect(job.errorMessage?.unicodeScalars.count == 2000 && job.errorMessage?.hasPrefix("Why: ") == true)
    }

    @Test("of the transport and of our own making")
    func transport() {
        let error = HTTPTransportError(code: .other, message: Self.long, url: Self.long, mayHaveReachedServer: true)
        #expect(error.message.unicodeScalars.count <= 2000 && error.url.unicodeScalars.count <= 500)
        check(SalesforceError(error, method: .get))
        check(SalesforceError(code: "x", message: Self.long + "\0", retry: .never, resource: Self.long))
    }
}
