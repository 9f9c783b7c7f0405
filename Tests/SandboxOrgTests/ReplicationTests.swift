import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxData
@testable import SandboxOrg

@Suite("getUpdated and getDeleted")
struct ReplicationTests {
    @Test("both list what happened in the window, whose seconds are cut off")
    func windows() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            let ids = (1...2).map { RecordIDText.text(prefix: Array("001".utf8), number: $0) }
            _ = try await org.call("PATCH", "/sobjects/Account/\(ids[0])", body: #"{"Name":"x"}"#)
            _ = try await org.call("DELETE", "/sobjects/Account/\(ids[1])")
            func window(_ from: Int64, _ to: Int64) -> String {
                let texts = [from, to].map { CivilTime.restText(clock.now + $0).replacing(".000+0000", with: "%2B00:00") }
                return "?start=\(texts[0])&end=\(texts[1])"
            }
            let updated = try await org.get("/sobjects/Account/updated/\(window(-600, 120))")
            #expect(updated.object["ids"] as? [String] == [ids[0]])
            let covered = try #require(updated.object["latestDateCovered"] as? String)
            #expect(covered.hasSuffix(":00.000+0000"))
            let deleted = try await org.get("/sobjects/Account/deleted\(window(-600, 120))")
            let records = try #require(deleted.object["deletedRecords"] as? [[String: Any]])
            #expect(records.compactMap { $0["id"] as? String } == [ids[1]])
            #expect(records.first?["deletedDate"] as? String == CivilTime.restText(clock.now))
            #expect(deleted.object["earliestDateAvailable"] is String)
            #expect(try await org.get("/sobjects/Account/updated/\(window(-6000, -600))").object["ids"] as? [String] == [])
            for bad in [window(0, 10), window(-40 * 86_400, 0), "?start=x&end=y", ""] {
                #expect(try await org.get("/sobjects/Account/updated/\(bad)").status == 400)
            }
        }
    }

    @Test("record counts leave out what is empty or unknown")
    func counts() async throws {
        var options = TestOrg.small
        options.rows["Lead"] = 0
        try await TestOrg.with(options) { org in
            let answer = try await org.get("/limits/recordCount?sObjects=Account,Lead,Nothing")
            #expect(answer.text == #"{"sObjects":[{"count":300,"name":"Account"}]}"#)
        }
    }

    private func recordCounts(_ org: TestOrg) async throws -> [String: Int] {
        let answer = try await org.get("/limits/recordCount?sObjects=Account,CaseComment,Case")
        var counts: [String: Int] = [:]
        for told in answer.object["sObjects"] as? [[String: Any]] ?? [] {
            counts[try #require(told["name"] as? String)] = told["count"] as? Int
        }
        return counts
    }

    @Test("record counts are those of an hour ago, and CaseComment is not counted, as in a real org")
    func countsLag() async throws {
        var options = TestOrg.small
        options.rows["CaseComment"] = 5
        options.rows["Case"] = 5
        try await TestOrg.with(options) { org in
            let made = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"one more"}"#)
            #expect(made.status == 201)
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 301)
            #expect(try await recordCounts(org) == ["Account": 300, "Case": 5])
            #expect(try await org.call("POST", "/sandbox/clock", body: #"{"offset_seconds":3590}"#).status == 204)
            #expect(try await recordCounts(org) == ["Account": 300, "Case": 5])
            #expect(try await org.call("POST", "/sandbox/clock", body: #"{"offset_seconds":3600}"#).status == 204)
            #expect(try await recordCounts(org) == ["Account": 301, "Case": 5])
            #expect(try await org.query("SELECT COUNT() FROM CaseComment").object["totalSize"] as? Int == 5)
        }
    }

    @Test("an object with too many records cannot be counted, only estimated")
    func uncountable() async throws {
        try await TestOrg.with { org in
            let set = try await org.call("POST", "/sandbox/faults", body: #"{"uncountable":["account"]}"#)
            #expect(set.object["uncountable"] as? [String] == ["Account"], "\(set.text)")
            let count = try await org.query("SELECT COUNT() FROM Account")
            #expect(count.status == 400 && count.errorCode == "QUERY_TIMEOUT")
            #expect(try await org.query("SELECT Id FROM Account LIMIT 1").records.count == 1)
            #expect(try await org.query("SELECT COUNT() FROM Contact").status == 200)
            #expect(try await org.get("/limits/recordCount?sObjects=Account").text == #"{"sObjects":[{"count":300,"name":"Account"}]}"#)
            for bad in [#"["Nothing"]"#, "3", "[1]"] {
                let refused = try await org.call("POST", "/sandbox/faults", body: #"{"uncountable":\#(bad)}"#)
                #expect(refused.status == 400 && refused.list.first?["fields"] as? [String] == ["uncountable"])
            }
        }
    }
}
