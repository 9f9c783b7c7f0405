import Foundation
import Testing

@testable import SandboxBulk
@testable import SandboxHTTP
@testable import SandboxOrg

@Suite("Fuzz: requests")
struct RequestFuzzTests {
    private static let targets = [
        "/services/data/v60.0/query?q=SELECT+Id,Name+FROM+Account+LIMIT+3", "/services/data/v60.0/queryAll?q=SELECT+COUNT()+FROM+Contact",
        "/services/data/v60.0/query/01gSb0000000001AAA-2000", "/services/data/v60.0/sobjects/Account", "/services/data/v60.0/sobjects",
        "/services/data/v60.0/sobjects/Account/describe", "/services/data/v60.0/sobjects/Account/describe/layouts",
        "/services/data/v60.0/sobjects/Account/001Sb0000000001AAA?fields=Id,Name",
        "/services/data/v60.0/sobjects/Account/001Sb0000000001AAA/Contacts",
        "/services/data/v60.0/sobjects/Account/External_Id__c/A-000001",
        "/services/data/v60.0/sobjects/Account/updated?start=2026-01-01T00:00:00Z&end=x",
        "/services/data/v60.0/sobjects/Account/deleted/?start=2026-01-01T00:00:00%2B00:00&end=2026-01-02T00:00:00%2B00:00",
        "/services/data/v60.0/composite", "/services/data/v60.0/composite/batch", "/services/data/v60.0/composite/graph",
        "/services/data/v60.0/composite/tree/Account", "/services/data/v60.0/composite/sobjects",
        "/services/data/v60.0/composite/sobjects/Account",
        "/services/data/v60.0/composite/sobjects/Account/External_Id__c",
        "/services/data/v60.0/composite/sobjects?ids=001Sb0000000001AAA,x&allOrNone=true",
        "/services/data/v60.0/jobs/query", "/services/data/v60.0/jobs/query/750Sb0000000001AAA/results?locator=MA&maxRecords=5",
        "/services/data/v60.0/jobs/query/750Sb0000000001AAA/resultPages", "/services/data/v60.0/jobs/ingest",
        "/services/data/v60.0/jobs/ingest/750Sb0000000002AAA/batches", "/services/data/v60.0/limits/recordCount?sObjects=Account,,X",
        "/services/data/v60.0/recent?limit=5", "/services/data/v60.0/tabs", "/services/data", "/services/oauth2/token",
        "/services/oauth2/introspect",
        "/services/oauth2/authorize?response_type=code&client_id=sandbox-client&redirect_uri=http://127.0.0.1/cb&state=%00",
        "/services/oauth2/userinfo",
        "/services/oauth2/revoke?token=x", "/id/00DSb0000000001AAA/005Sb0000000001AAA", "/services/Soap/u/59.0", "/services/async/60.0/job",
        "/services/async/60.0/job/750Sb0000000002", "/services/async/60.0/job/750Sb0000000002/batch",
        "/services/async/60.0/job/750Sb0000000002/batch/751Sb0000000001/result",
        "/services/async/60.0/job/750Sb0000000002/batch/751Sb0000000001/request",
        "/services/data/v60.0/sobjects/Milestone__c", "/services/data/v60.0/sobjects/Milestone__c/a0MSb0000000001",
        "/services/data/v60.0/composite/sobjects?ids=a00Sb0000000001,a0MSb0000000002", "/sandbox/lock", "/sandbox/unlock",
        "/sandbox/convert-lead", "/sandbox/system-job", "/sandbox/merge", "/sandbox/undelete",
        "/cometd/60.0", "/cometd/60.0/handshake", "//services//data//v60.0//limits/",
    ]

    private static let bodies = [
        "", "{}", "[]", "null", #"{"Name":"x","AnnualRevenue":1e308,"ParentId":"001Sb0000000001AAA"}"#,
        #"{"Name":{"a":[1]},"Owner":{"Username":"x"}}"#,
        #"{"allOrNone":true,"records":[{"attributes":{"type":"Account"},"Name":"x"},{"attributes":{"type":"Contact"},"LastName":5}]}"#,
        #"{"compositeRequest":[{"method":"GET","url":"/services/data/v60.0/limits","referenceId":"a"},{"method":"PATCH","url":"v60.0/sobjects/Account/@{a.x[0]}","referenceId":"b","body":{"Name":"@{a.DailyApiRequests.Max}"}}]}"#,
        #"{"batchRequests":[{"method":"GET","url":"v60.0/query?q=SELECT+Id+FROM+Account"},{"method":"POST","url":"v60.0/composite/batch"}]}"#,
        #"{"graphs":[{"graphId":"1","compositeRequest":[{"method":"POST","url":"/services/data/v60.0/sobjects/Account","referenceId":"a","body":{"Name":"g"}}]}]}"#,
        #"{"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"t","Contacts":{"records":[{"attributes":{"type":"Contact","referenceId":"b"},"LastName":"c"}]}}]}"#,
        #"{"operation":"query","query":"SELECT Id, Owner.Name FROM Account","columnDelimiter":"PIPE"}"#,
        #"{"object":"Account","operation":"upsert","externalIdFieldName":"External_Id__c","contentType":"CSV","lineEnding":"LF"}"#,
        #"{"Title__c":"x","Project__c":"a00Sb0000000001","Cost__c":-1,"Done__c":true,"Predecessor__c":"a0MSb0000000003"}"#,
        #"{"object":"Contact","count":3,"id":"00QSb0000000001","winner":"001Sb0000000001","losers":["001Sb0000000002"]}"#,
        #"{"ids":["a00Sb0000000001","001Sb0000000003"]}"#,
        #"{"state":"UploadComplete"}"#, "Name,External_Id__c\n\"a\",b\n", #"{"ids":["001Sb0000000001AAA",5],"fields":["Id","Nothing"]}"#,
        "grant_type=password&client_id=sandbox-client&client_secret=sandbox-secret&username=a&password=%ff",
        "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=e30.e30.AAAA",
        "token=x&client_id=sandbox-client&client_secret=sandbox-secret",
        #"[{"channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]}]"#,
        "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body><login/></soapenv:Body></soapenv:Envelope>",
        "<jobInfo xmlns=\"http://www.force.com/2009/06/asyncapi/dataload\"><operation>query</operation><object>Account</object></jobInfo>",
        "\u{0}\u{1F}\u{8B}", String(repeating: "[", count: 5000), String(repeating: "{\"a\":", count: 200),
    ]

    private static let words = [
        "%", "%00", "%2F", "%ff", "..", "/", "?", "&", "=", ";", "\r", "\n", "\u{0}", "é", "99999999999999999999", "-1", "1e999", "NaN",
        "null",
        "[]", "{}", "\"", "'", "\\u0000", "@{", "}", "001Sb0000000001AAA", "Account", " ",
    ]

    private static let methods = [
        "GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "", "G\u{0}T", "SEARCH",
    ]

    private static let types = [
        "application/json", "text/csv", "application/xml", "text/xml; charset=UTF-8", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "multipart/form-data", "", "application/json;charset=\u{FF}",
    ]

    /// One request as bytes: right in most parts, wrong in some.
    private static func request(_ targets: inout Mutator, _ bodies: inout Mutator, token: String) -> [UInt8] {
        var target = targets.number(3) == 0 ? targets.text() : targets.pick(Self.targets)
        target = target.replacing(" ", with: "+").filter { !$0.isNewline || targets.number(4) == 0 }
        let body = bodies.number(3) == 0 ? Array(bodies.pick(Self.bodies).utf8) : bodies.next()
        let method = targets.number(4) == 0 ? targets.pick(methods) : targets.pick(["GET", "POST", "PATCH", "DELETE", "PUT"])
        var head =
            "\(method) \(target) \(targets.number(30) == 0 ? targets.pick(["HTTP/1.0", "HTTP/9.9", "HTTX/1.1", ""]) : "HTTP/1.1")\r\n"
        if targets.number(20) > 0 { head += "Host: 127.0.0.1\r\n" }
        head +=
            targets.number(10) == 0
            ? "Authorization: \(targets.pick(["", "Bearer", "OAuth x", "Basic %%%", "Bearer \(token) "]))\r\n"
            : "Authorization: Bearer \(token)\r\n"
        head += "Content-Type: \(targets.pick(types))\r\nConnection: close\r\n"
        for _ in 0..<targets.number(3) {
            head +=
                targets.pick([
                    "If-None-Match: \"x\"", "If-Modified-Since: Fri, 99 Aug 0000 99:53:02 GMT", "If-Match: ,,*",
                    "Sforce-Query-Options: batchSize=-5",
                    "Sforce-Query-Options: batchSize=99999999999999999999,,=", "X-PrettyPrint: 1", "Accept: application/xml",
                    "Accept-Encoding: gzip;q=1.5,,",
                    "Content-Encoding: gzip", "Content-Encoding: nonsense", "Range: bytes=5-1", "Expect: 100-continue", "Cookie: =;;",
                    "X: \u{FF}\u{FE}",
                    "Sforce-Call-Options: client=,", "A\u{0}B: c", ": empty", "Sforce-Enable-PKChunking: chunkSize=0",
                    "X-SFDC-Session: \(token)",
                    "_HttpMethod: PATCH", "Upgrade: websocket", "Content-Length: 5",
                ]) + "\r\n"
        }
        switch targets.number(12) {
        case 0:
            return Array((head + "Transfer-Encoding: chunked\r\n\r\n\(String(body.count, radix: 16))\r\n").utf8) + body
                + Array("\r\n0\r\n\r\n".utf8)
        case 1: return Array((head + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n").utf8) + body
        case 2: return Array((head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n").utf8) + body
        case 3:
            return Array((head + "Content-Length: \(targets.pick(["-1", "x", "99999999999999999999", "5, 6", ""]))\r\n\r\n").utf8) + body
        case 4: return Array(head.utf8)
        case 5: return Array((head + "\r\n").utf8) + body
        default: return Array((head + "Content-Length: \(body.count)\r\n\r\n").utf8) + body
        }
    }

    private static func isSOAP(_ request: [UInt8]) -> Bool {
        String(decoding: request.prefix(200), as: UTF8.self).lowercased().contains("/services/soap/")
    }

    @Test("no request, however malformed, ends the org or gets a 500")
    func requests() async throws {
        try await TestOrg.with { org in
            _ = try await org.bulk("SELECT Id FROM Account")
            let job = try await AsyncClient(org: org).job("insert", "Lead", "XML")
            _ = try await AsyncClient(org: org).batch(job, "<sObjects/>")
            let port = org.server.port
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<4 {
                    group.addTask {
                        var targets = Mutator(samples: Self.targets, words: Self.words, salt: 20 + lane)
                        var bodies = Mutator(samples: Self.bodies, words: Self.words, salt: 40 + lane)
                        for _ in 0..<Mutator.rounds(120) {
                            let request = Self.request(&targets, &bodies, token: org.token)
                            let status = await RawSocket.status(of: request, port: port, patience: .milliseconds(60))
                            // The org may close the connection, or wait for the rest of a request; 501 is for methods it has never heard of.
                            // A fault of SOAP has the status 500, as SOAP wants it.
                            if let status, status >= 500, status != 501, !Self.isSOAP(request) {
                                Issue.record("\(status): \(String(decoding: request.prefix(3000), as: UTF8.self))")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let token = try await TestOrg.login(org.server.url)
            #expect(try await TestOrg(server: org.server, token: token).get("/limits").status == 200)
        }
    }

    @Test("a header that never ends and a target that is too long are refused")
    func lengths() async throws {
        try await TestOrg.with { org in
            let long = "GET /services/data/v60.0/limits?x=\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\nHost: x\r\n\r\n"
            let target = await RawSocket.status(of: Array(long.utf8), port: org.server.port, patience: .seconds(60))
            #expect(target == 414)
            let header = "GET /services/data HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 2_000_000))\r\n\r\n"
            let status = await RawSocket.status(of: Array(header.utf8), port: org.server.port, patience: .seconds(60))
            #expect(status.map { (400..<500).contains($0) } ?? true)
            let after = try await org.get("/limits")
            #expect(after.status == 200)
        }
    }
}
