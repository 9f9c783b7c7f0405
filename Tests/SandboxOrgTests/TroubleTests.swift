import Foundation
import HTTPTransport
import Testing

@testable import SandboxBytes
@testable import SandboxData
@testable import SandboxHTTP
@testable import SandboxOrg

@Suite("Trouble")
struct TroubleTests {
    private func trouble(_ org: TestOrg, _ body: String) async throws {
        let answer = try await org.call("POST", "/sandbox/trouble", body: body)
        #expect(answer.status == 204, "\(answer.text)")
    }

    @Test("a status is answered as often as asked for, and then all is well")
    func status() async throws {
        try await TestOrg.with { org in
            for (status, code) in [(401, "INVALID_SESSION_ID"), (403, "REQUEST_LIMIT_EXCEEDED"), (503, "SERVER_UNAVAILABLE")] {
                try await trouble(org, "{\"kind\":\"status\",\"status\":\(status),\"count\":2,\"path_prefix\":\"/services/data\"}")
                for _ in 0..<2 {
                    let answer = try await org.get("/limits")
                    #expect(answer.status == status && answer.errorCode == code)
                }
                #expect(try await org.get("/limits").status == 200)
            }
        }
    }

    @Test("a page of HTML comes where JSON was expected, until it is cleared")
    func html() async throws {
        try await TestOrg.with { org in
            try await trouble(org, #"{"kind":"html","status":200,"count":-1,"path_prefix":"…/limits"}"#)
            for _ in 0..<3 { #expect(try await org.get("/limits").text.contains("<html>")) }
            #expect(try await org.get("/sobjects").status == 200)
            #expect(try await org.call("DELETE", "/sandbox/trouble").status == 204)
            #expect(try await org.get("/limits").status == 200)
        }
    }

    @Test("a cut connection did nothing; one cut after the commit did the write")
    func cuts() async throws {
        try await TestOrg.with { org in
            try await trouble(org, #"{"kind":"close"}"#)
            await #expect(throws: HTTPTransportError.self) { try await org.call("POST", "/sobjects/Account", body: #"{"Name":"a"}"#) }
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 300)
            try await trouble(org, #"{"kind":"close_after_commit"}"#)
            #expect(try await org.get("/limits").status == 200)
            await #expect(throws: HTTPTransportError.self) { try await org.call("POST", "/sobjects/Account", body: #"{"Name":"b"}"#) }
            #expect(try await org.query("SELECT Id FROM Account WHERE Name = 'b'").records.count == 1)
        }
    }

    @Test("a slow answer is whole all the same")
    func slow() async throws {
        try await TestOrg.with { org in
            let id = try await org.bulk("SELECT Id, Description FROM Account")
            let quick = try await org.get("/jobs/query/\(id)/results")
            try await trouble(org, #"{"kind":"slow","ms_per_chunk":20,"path_prefix":"…/jobs/query"}"#)
            let start = ContinuousClock.now
            let slow = try await org.get("/jobs/query/\(id)/results")
            #expect(ContinuousClock.now - start >= .milliseconds(20))
            #expect(slow.body == quick.body)
        }
    }

    @Test(
        "an impossible trouble is refused by its field",
        arguments: [
            (#"{"kind":"flood"}"#, "kind"), (#"{"kind":"status","status":1000}"#, "status"), (#"{"kind":"close","count":"many"}"#, "count"),
            (#"{"kind":"close","path_prefix":"services"}"#, "path_prefix"),
        ])
    func refusals(body: String, field: String) async throws {
        try await TestOrg.with { org in
            let answer = try await org.call("POST", "/sandbox/trouble", body: body)
            #expect(answer.status == 400)
            #expect(answer.errorMessage?.hasPrefix(field) ?? false)
        }
    }

    @Test("a share of the requests meets it, in bursts, the same ones for the same seed")
    func rates() async throws {
        func statuses(seed: UInt64) async throws -> [Int] {
            var options = TestOrg.small
            options.seed = seed
            options.troubles = [#"{"trouble":[{"kind":"status","status":503,"per_thousand":200,"burst":3,"path_prefix":"…/limits"}]}"#]
            var found: [Int] = []
            try await TestOrg.with(options) { org in
                for _ in 0..<80 { found.append(try await org.get("/limits").status) }
                let list = try await org.get("/sandbox/trouble").list
                #expect(list.first?["requests"] as? Int == 80 && list.first?["met"] as? Int == found.count { $0 == 503 })
            }
            return found
        }
        let first = try await statuses(seed: 4)
        #expect(try await statuses(seed: 4) == first)
        #expect(try await statuses(seed: 5) != first)
        let bursts = first.split(separator: 200).map(\.count)
        #expect(!bursts.isEmpty && bursts.dropLast().allSatisfy { $0 >= 3 } && first.contains(200))
    }

    @Test("429 says when to come back, and an error can be any")
    func errors() async throws {
        try await TestOrg.with { org in
            try await trouble(org, #"{"kind":"status","status":429,"retry_after_seconds":7}"#)
            let busy = try await org.get("/limits")
            #expect(busy.status == 429 && busy.headers["retry-after"] == "7" && busy.errorCode == "REQUEST_LIMIT_EXCEEDED")
            try await trouble(
                org, #"{"kind":"status","status":400,"code":"QUERY_TIMEOUT","message":"Your query request was running for too long."}"#)
            let late = try await org.query("SELECT Id FROM Account")
            #expect(late.status == 400 && late.errorCode == "QUERY_TIMEOUT")
            #expect(late.errorMessage == "Your query request was running for too long.")
            try await trouble(
                org,
                #"{"kind":"status","status":400,"path_prefix":"/services/oauth2/token","code":"rate_limit_exceeded","message":"login rate exceeded"}"#
            )
            let login = try await TestOrg.request("POST", org.server.url + "/services/oauth2/token", body: "grant_type=password")
            #expect(login.object as? [String: String] == ["error": "rate_limit_exceeded", "error_description": "login rate exceeded"])
            try await trouble(org, #"{"kind":"status","status":502}"#)
            #expect(try await org.get("/limits").errorCode == "UNKNOWN_EXCEPTION")
        }
    }

    @Test("an expired token stays expired, and the next one is good")
    func expiry() async throws {
        try await TestOrg.with { org in
            try await trouble(org, #"{"kind":"expire_session"}"#)
            for _ in 0..<2 { #expect(try await org.get("/limits").errorCode == "INVALID_SESSION_ID") }
            let next = TestOrg(server: org.server, token: try await TestOrg.login(org.server.url))
            #expect(try await next.get("/limits").status == 200)
        }
    }

    @Test("a reset before the commit leaves nothing, one after it the write")
    func resets() async throws {
        try await TestOrg.with { org in
            try await trouble(org, #"{"kind":"reset","method":"POST"}"#)
            await #expect(throws: HTTPTransportError.self) { try await org.call("POST", "/sobjects/Account", body: #"{"Name":"a"}"#) }
            try await trouble(org, #"{"kind":"reset_after_commit"}"#)
            await #expect(throws: HTTPTransportError.self) { try await org.call("POST", "/sobjects/Account", body: #"{"Name":"b"}"#) }
            let names = try await org.query("SELECT Name FROM Account WHERE Name IN ('a','b')").records.compactMap { $0["Name"] as? String }
            #expect(names == ["b"])
        }
    }

    @Test("a body that comes in drops is whole; one that breaks off is an error")
    func bodies() async throws {
        try await TestOrg.with { org in
            let plain = ["Accept-Encoding": "identity"]
            let whole = try await org.get("/sobjects/Account/describe/compactLayouts", headers: plain)
            try await trouble(org, #"{"kind":"drip","ms":1,"bytes":20}"#)
            let start = ContinuousClock.now
            let dripped = try await org.get("/sobjects/Account/describe/compactLayouts", headers: plain)
            #expect(dripped.body == whole.body)
            #expect(ContinuousClock.now - start >= .milliseconds(whole.body.count / 20))
            let job = try await org.bulk("SELECT Id, Name, Description FROM Account")
            for path in ["/sobjects/Account/describe", "/jobs/query/\(job)/results"] {
                try await trouble(org, #"{"kind":"truncate","bytes":100,"path_prefix":"…/sobjects"}"#)
                try await trouble(org, #"{"kind":"truncate","bytes":100,"path_prefix":"…/results"}"#)
                await #expect(throws: HTTPTransportError.self, "\(path)") { try await org.get(path) }
                _ = try await org.call("DELETE", "/sandbox/trouble")
            }
            #expect(try await org.get("/limits").status == 200)
        }
    }

    @Test("times follow their distribution, and are the same in each run")
    func latency() async throws {
        let latency = Latency(medianMilliseconds: 20, p99Milliseconds: 200)
        let times = (0..<4000).map { latency.duration(9, $0) / .milliseconds(1) }.sorted()
        #expect(abs(times[2000] - 20) < 2 && (150...260).contains(times[3960]))
        #expect(latency.duration(9, 5) == latency.duration(9, 5))
        try await TestOrg.with { org in
            try await trouble(org, #"{"kind":"latency","median_ms":30}"#)
            try await trouble(org, #"{"kind":"status","status":503}"#)
            for status in [503, 200] {
                let start = ContinuousClock.now
                #expect(try await org.get("/limits").status == status)
                #expect(ContinuousClock.now - start >= .milliseconds(29))
            }
        }
    }

    @Test(
        "troubles of the command line that cannot be stop the start",
        arguments: [
            (#"{"trouble":[{"kind":"flood"}]}"#, "kind"), (#"{"trouble":5}"#, "trouble"), (#"{"thunder":[]}"#, "thunder"),
            (#"{"faults":{"failing_jobs":-1}}"#, "failing_jobs"), ("[", "Unexpected end-of-input"),
            (#"[{"kind":"latency","median_ms":9,"p99_ms":3}]"#, "p99_ms"), (#"[{"kind":"latency"}]"#, "median_ms"),
        ])
    func badDocuments(document: String, text: String) async throws {
        var options = TestOrg.small
        options.troubles = [document]
        let error = await #expect(throws: SchemaError.self) { try await SandboxServer.start(options) }
        #expect(error?.description.contains(text) ?? false, "\(String(describing: error))")
    }

    @Test("a quota, an old version, slow jobs, odd pages and ended cursors are set while the org runs")
    func settings() async throws {
        var options = TestOrg.small
        options.troubles = [#"{"faults":{"bulk_delay_ms":60000,"shrink_pages":true,"maximum_page_rows":60}}"#]
        try await TestOrg.with(options) { org in
            let job = try await org.bulk("SELECT Id FROM Account")
            #expect(try await org.get("/jobs/query/\(job)").object["state"] as? String == "InProgress")
            var page = try await org.query("SELECT Id FROM Account")
            var sizes = [page.records.count]
            while let next = page.object["nextRecordsUrl"] as? String {
                page = try await org.get(next)
                sizes.append(page.records.count)
            }
            #expect(sizes.reduce(0, +) == 300 && Set(sizes).count > 1)
            let first = try await org.query("SELECT Id FROM Account")
            let next = try #require(first.object["nextRecordsUrl"] as? String)
            #expect(try await org.call("POST", "/sandbox/expire-cursors").status == 204)
            #expect(try await org.get(next).errorCode == "INVALID_QUERY_LOCATOR")
            let set = try await org.call("POST", "/sandbox/faults", body: #"{"oldest_version":61,"api_quota":0,"shrink_pages":false}"#)
            #expect(set.object["oldest_version"] as? Int == 61 && set.object["shrink_pages"] as? Bool == false)
            #expect(try await org.get("/limits").status == 410)
            let spent = try await org.get("/services/data/v61.0/limits")
            #expect(spent.status == 403 && spent.errorMessage == "TotalRequests Limit exceeded.")
            #expect(try await org.call("DELETE", "/sandbox/faults").object["api_quota"] as? Int == 15_000)
            #expect(try await org.get("/limits").status == 200)
        }
    }
}
