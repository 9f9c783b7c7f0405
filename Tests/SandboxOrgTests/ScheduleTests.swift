import Foundation
import Testing

@testable import SandboxOrg

@Suite("What is scheduled")
struct ScheduleTests {
    @Test("a change of the schema comes after so many requests, from the command line's document")
    func requests() async throws {
        var options = TestOrg.small
        options.troubles = [
            #"{"schedule":[{"after_requests":3,"path":"schema","body":{"change":"remove_field","object":"Account","field":"Phone"}}]}"#
        ]
        // The login is the first request.
        try await TestOrg.with(options) { org in
            #expect(try await org.query("SELECT Phone FROM Account LIMIT 1").status == 200)
            #expect(try await org.query("SELECT Phone FROM Account LIMIT 1").status == 200)
            #expect(try await org.query("SELECT Phone FROM Account LIMIT 1").errorCode == "INVALID_FIELD")
            let entry = try await org.call("GET", "/sandbox/schedule").list.first
            #expect(entry?["done"] as? Bool == true && entry?["status"] as? Int == 200)
        }
    }

    @Test("late commits and purges come after a time, and what is refused says why")
    func time() async throws {
        try await TestOrg.with { org in
            let answer = try await org.call(
                "POST", "/sandbox/schedule",
                body: """
                    [{"after_seconds":0.01,"path":"late-commit","body":{"object":"Account","seconds":1,"records":[{"Name":"Late"}]}},
                    {"after_seconds":0.01,"path":"purge-delete-log","body":{"object":"Nothing"}},
                    {"after_seconds":600,"path":"purge-delete-log","body":{"object":"Account"}}]
                    """)
            #expect(answer.status == 204)
            func entries() async throws -> [[String: Any]] { try await org.call("GET", "/sandbox/schedule").list }
            try await eventually { try await entries().count { $0["done"] as? Bool ?? false } == 2 }
            let list = try await entries()
            #expect(list[0]["status"] as? Int == 200 && list[1]["status"] as? Int == 400)
            #expect((list[1]["answer"] as? String)?.contains("object: expected the name") ?? false)
            try await eventually {
                try await org.query("SELECT COUNT() FROM Account WHERE Name = 'Late'").object["totalSize"] as? Int == 1
            }
            #expect(try await org.call("DELETE", "/sandbox/schedule").status == 204)
            #expect(try await entries().isEmpty)
            for wrong in [
                "{}", #"{"path":"schema"}"#, #"{"path":"schema","after_requests":-1}"#, #"{"path":"schedule","after_requests":1}"#,
            ] {
                #expect(try await org.call("POST", "/sandbox/schedule", body: wrong).status == 400)
            }
        }
    }
}
