import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

@Suite("Faults of the org itself")
struct FaultTests {
    private func set(_ org: TestOrg, _ body: String) async throws {
        #expect(try await org.call("POST", "/sandbox/faults", body: body).status == 200)
    }

    private func total(_ org: TestOrg, _ query: String, all: Bool = false) async throws -> Int? {
        try await org.query(query, all: all).object["totalSize"] as? Int
    }

    @Test("a late commit has an early stamp, is seen only at its end, and holds latestDateCovered back until then")
    func lateCommit() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            let started = clock.now
            let id = try #require(try await org.query("SELECT Id FROM Account LIMIT 1").records.first?["Id"] as? String)
            let answer = try await org.call(
                "POST", "/sandbox/late-commit",
                body: "{\"object\":\"Account\",\"seconds\":90,\"records\":[{\"Name\":\"late\"},{\"Id\":\"\(id)\",\"Phone\":\"late\"}]}")
            #expect(answer.object["stamp"] as? String == CivilTime.restText(started))
            clock.advance(60)
            _ = try await org.call("POST", "/sobjects/Account", body: #"{"Name":"quick"}"#)
            let since = CivilTime.restText(started).replacing(".000+0000", with: "Z")
            #expect(try await total(org, "SELECT COUNT() FROM Account WHERE SystemModstamp >= \(since)") == 1)
            let window = "start=\(since)&end=\(CivilTime.restText(started + 86_400).replacing(".000+0000", with: "Z"))"
            let open = try await org.get("/sobjects/Account/updated?\(window)").object
            #expect(open["latestDateCovered"] as? String == CivilTime.restText(started))
            #expect((open["ids"] as? [String])?.count == 1)
            clock.advance(31)
            let changed = try await org.query("SELECT Id, Name, SystemModstamp FROM Account WHERE SystemModstamp >= \(since)").records
            #expect(changed.count == 3)
            #expect(changed.filter { $0["SystemModstamp"] as? String == CivilTime.restText(started) }.count == 2)
            let closed = try await org.get("/sobjects/Account/updated?\(window)").object
            #expect((closed["ids"] as? [String])?.count == 3)
            #expect(closed["latestDateCovered"] as? String != CivilTime.restText(started))
        }
    }

    @Test("a moved clock moves the stamps")
    func clockOffset() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            #expect(try await org.call("POST", "/sandbox/clock", body: #"{"offset_seconds":600}"#).status == 204)
            let id = try #require(try await org.call("POST", "/sobjects/Account", body: #"{"Name":"x"}"#).object["id"] as? String)
            #expect(try await org.get("/sobjects/Account/\(id)").object["SystemModstamp"] as? String == CivilTime.restText(clock.now + 600))
        }
    }

    @Test("pages shrink below what was asked for, and still lead through all rows")
    func pages() async throws {
        try await TestOrg.with { org in
            try await set(org, #"{"maximum_page_rows":70}"#)
            var answer = try await org.query("SELECT Id FROM Account")
            var count = answer.records.count
            #expect(count == 70)
            while let next = answer.object["nextRecordsUrl"] as? String {
                answer = try await org.get(next)
                count += answer.records.count
            }
            #expect(count == 300)
        }
    }

    @Test("locked rows fail at the rate asked for, the same way in each run")
    func locks() async throws {
        func failures() async throws -> [Bool] {
            var failed: [Bool] = []
            try await TestOrg.with { org in
                try await set(org, #"{"locked_rows_per_thousand":300}"#)
                let records = (0..<200).map { "{\"attributes\":{\"type\":\"Account\"},\"Name\":\"r\($0)\"}" }.joined(separator: ",")
                let results = try await org.call("POST", "/composite/sobjects", body: "{\"records\":[\(records)]}").list
                failed = results.map { $0["success"] as? Bool == false }
                let error = (results.first { $0["success"] as? Bool == false }?["errors"] as? [[String: Any]])?.first
                #expect(error?["statusCode"] as? String == "UNABLE_TO_LOCK_ROW")
                #expect(try await total(org, "SELECT COUNT() FROM Account") == 300 + failed.count { !$0 })
            }
            return failed
        }
        let first = try await failures()
        #expect((30...90).contains(first.count { $0 }))
        #expect(try await failures() == first)
    }

    @Test("bulk jobs fail when told to, and give their rows in another order")
    func bulk() async throws {
        try await TestOrg.with { org in
            try await set(org, #"{"failing_jobs":2,"shuffle_bulk_rows":true}"#)
            let failing = try await org.bulk("SELECT Id FROM Account")
            #expect(try await org.get("/jobs/query/\(failing)").object["state"] as? String == "Failed")
            #expect(try await org.get("/jobs/query/\(failing)/results").errorCode == "INVALIDJOBSTATE")
            let ingest = try await org.call("POST", "/jobs/ingest", body: #"{"object":"Account","operation":"insert"}"#)
            let id = try #require(ingest.object["id"] as? String)
            _ = try await org.call("PUT", "/jobs/ingest/\(id)/batches", headers: ["Content-Type": "text/csv"], body: "Name\na\nb\n")
            _ = try await org.call("PATCH", "/jobs/ingest/\(id)", body: #"{"state":"UploadComplete"}"#)
            try await eventually { try await org.get("/jobs/ingest/\(id)").object["state"] as? String == "Failed" }
            #expect(readCSV(try await org.get("/jobs/ingest/\(id)/unprocessedrecords").text) == [["Name"], ["a"], ["b"]])
            let job = try await org.bulk("SELECT Id FROM Account")
            let ids = readCSV(try await org.get("/jobs/query/\(job)/results").text).dropFirst().map { $0[0] }
            #expect(ids != ids.sorted() && Set(ids).count == 300)
        }
    }

    @Test("hard deletes are in the delete log until it is purged, and undeleted rows come back as changed ones")
    func deletes() async throws {
        let clock = ManualClock()
        var options = TestOrg.small
        options.clock = { clock.now }
        try await TestOrg.with(options) { org in
            let ids = try await org.query("SELECT Id FROM Account LIMIT 3").records.compactMap { $0["Id"] as? String }
            let start = CivilTime.restText(clock.now - 60).replacing(".000+0000", with: "Z")
            let end = CivilTime.restText(clock.now + 86_400).replacing(".000+0000", with: "Z")
            #expect(
                try await org.call("POST", "/sandbox/hard-delete", body: "{\"ids\":[\"\(ids[0])\"]}").list.first?["success"] as? Bool
                    == true)
            #expect(try await org.call("DELETE", "/sobjects/Account/\(ids[1])").status == 204)
            #expect(try await total(org, "SELECT COUNT() FROM Account", all: true) == 299)
            #expect(try await total(org, "SELECT COUNT() FROM Account") == 298)
            #expect(try await org.get("/sobjects/Account/\(ids[0])").status == 404)
            let log = "/sobjects/Account/deleted?start=\(start)&end=\(end)"
            #expect((try await org.get(log).object["deletedRecords"] as? [[String: Any]])?.count == 2)
            clock.advance(5)
            #expect(
                try await org.call("POST", "/sandbox/undelete", body: "{\"ids\":[\"\(ids[1])\"]}").list.first?["success"] as? Bool == true)
            #expect(try await org.get("/sobjects/Account/\(ids[1])").object["SystemModstamp"] as? String == CivilTime.restText(clock.now))
            #expect(try await total(org, "SELECT COUNT() FROM Account") == 299)
            #expect((try await org.get(log).object["deletedRecords"] as? [[String: Any]])?.count == 1)
            #expect(try await org.call("POST", "/sandbox/purge-delete-log", body: #"{"object":"Account"}"#).status == 204)
            let purged = try await org.get(log).object
            #expect((purged["deletedRecords"] as? [[String: Any]])?.isEmpty ?? false)
            #expect(purged["earliestDateAvailable"] as? String == CivilTime.restText(clock.now))
        }
    }

    @Test("a merge deletes the losers and gives their children to the winner")
    func merge() async throws {
        try await TestOrg.with { org in
            let loser = try #require(
                try await org.query("SELECT AccountId FROM Contact WHERE AccountId != null LIMIT 1").records.first?["AccountId"] as? String)
            let winner = try #require(
                try await org.query("SELECT Id FROM Account WHERE Id != '\(loser)' LIMIT 1").records.first?["Id"] as? String)
            let children = try await total(org, "SELECT COUNT() FROM Contact WHERE AccountId IN ('\(loser)','\(winner)')")
            #expect(
                try await org.call("POST", "/sandbox/merge", body: "{\"winner\":\"\(winner)\",\"losers\":[\"\(loser)\"]}").status == 204)
            #expect(try await total(org, "SELECT COUNT() FROM Contact WHERE AccountId = '\(winner)'") == children)
            #expect(try await org.get("/sobjects/Account/\(loser)").errorCode == "ENTITY_IS_DELETED")
            #expect(try await org.call("POST", "/sandbox/merge", body: #"{"winner":"x"}"#).status == 400)
            #expect(try await org.call("POST", "/sandbox/faults", body: #"{"failing_jobs":-1}"#).status == 400)
        }
    }
}
