import Foundation
import Testing

@testable import SandboxOrg

@Suite("Calls that take their time")
struct CallTimingTests {
    private func contact(_ account: String, _ name: String) -> String {
        #"{"records":[{"attributes":{"type":"Contact"},"LastName":"\#(name)","AccountId":"\#(account)"}]}"#
    }

    private func accounts(_ org: TestOrg) async throws -> [String] {
        try await org.query("SELECT Id FROM Account LIMIT 2").records.compactMap { $0["Id"] as? String }
    }

    @Test("take so long for themselves and for each record, and calls in flight take it side by side")
    func latency() async throws {
        var options = TestOrg.small
        options.callLatency = .milliseconds(200)
        options.recordLatency = .milliseconds(10)
        try await TestOrg.with(options) { org in
            let records = (0..<20).map { #"{"attributes":{"type":"Account"},"Name":"n\#($0)"}"# }.joined(separator: ",")
            let clock = ContinuousClock()
            let one = try await clock.measure { _ = try await org.call("POST", "/composite/sobjects", body: #"{"records":[\#(records)]}"#) }
            #expect(one >= .milliseconds(400))
            let eight = try await clock.measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 { group.addTask { _ = try await org.query("SELECT Id FROM Account LIMIT 1") } }
                    try await group.waitForAll()
                }
            }
            #expect(eight >= .milliseconds(210) && eight < .milliseconds(8 * 210))
        }
    }

    @Test("meet UNABLE_TO_LOCK_ROW on a parent that another call holds, and only then")
    func contention() async throws {
        try await TestOrg.with { org in
            let ids = try await accounts(org)
            let slow = #"{"call_latency_ms":1500,"lock_wait_ms":50}"#
            #expect(try await org.call("POST", "/sandbox/faults", body: slow).status == 200)
            async let first = org.call("POST", "/composite/sobjects", body: contact(ids[0], "first"))
            // It is in when its record is there.
            try await eventually {
                (try await org.get("/sandbox/history?object=Contact").object["last"] as? Int ?? 0) > 0
            }
            async let other = org.call("POST", "/composite/sobjects", body: contact(ids[1], "other"))
            let refused = try await org.call("POST", "/composite/sobjects", body: contact(ids[0], "refused")).list.first
            let error = (refused?["errors"] as? [[String: Any]])?.first
            #expect(error?["statusCode"] as? String == "UNABLE_TO_LOCK_ROW")
            let message = error?["message"] as? String
            #expect(message == "unable to obtain exclusive access to this record or 1 records: \(ids[0].prefix(15))")
            #expect(try await first.list.first?["success"] as? Bool == true)
            #expect(try await other.list.first?["success"] as? Bool == true)
            // Nobody holds it any more.
            let later = try await org.call("POST", "/composite/sobjects", body: contact(ids[0], "later")).list.first
            #expect(later?["success"] as? Bool == true)
        }
    }

    @Test("wait for each other where the org is patient, and both are written")
    func patience() async throws {
        try await TestOrg.with { org in
            let id = try #require(try await accounts(org).first)
            #expect(try await org.call("POST", "/sandbox/faults", body: #"{"call_latency_ms":100}"#).status == 200)
            async let first = org.call("POST", "/composite/sobjects", body: contact(id, "first"))
            async let second = org.call("POST", "/composite/sobjects", body: contact(id, "second"))
            for answer in try await [first, second] { #expect(answer.list.first?["success"] as? Bool == true, "\(answer.text)") }
        }
    }

    @Test(
        "refuse latencies that are none", arguments: [#"{"call_latency_ms":-1}"#, #"{"record_latency_ms":"x"}"#, #"{"lock_wait_ms":0.5}"#])
    func refusals(body: String) async throws {
        try await TestOrg.with { org in
            let answer = try await org.call("POST", "/sandbox/faults", body: body)
            #expect(answer.status == 400 && answer.errorCode == "INVALID_INPUT")
        }
    }
}
