import Foundation
import FoundationNetworking
import Testing

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
            await #expect(throws: URLError.self) { try await org.call("POST", "/sobjects/Account", body: #"{"Name":"a"}"#) }
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 300)
            try await trouble(org, #"{"kind":"close_after_commit"}"#)
            #expect(try await org.get("/limits").status == 200)
            await #expect(throws: URLError.self) { try await org.call("POST", "/sobjects/Account", body: #"{"Name":"b"}"#) }
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
}
