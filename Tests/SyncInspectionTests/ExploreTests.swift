import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncJournal
import SyncWorld
import Testing

@Suite("Rows beside their records")
struct ExploreTests {
    private static func explore(_ world: SyncWorld, _ args: ExploreArgs) async throws -> JSONValue {
        let job = try await world.queue.enqueue([.explore(try await world.mapping("Account"), args)])[0]!
        let end = try await world.finished(job)
        #expect(end.state == "completed", "\(end.text)")
        return try await world.catalog.answer(of: job) ?? .null
    }

    private static func all(_ world: SyncWorld, _ state: MappedRowState, search: String? = nil, limit: Int = 3) async throws -> [JSONValue]
    {
        var rows: [JSONValue] = []
        var after: String?
        repeat {
            let page = try await explore(world, ExploreArgs(state: state, search: search, after: after, limit: limit))
            #expect((page["results"]?.elements?.count ?? 0) <= limit)
            rows += page["results"]?.elements ?? []
            after = page["next"]?.string
        } while after != nil
        return rows
    }

    @Test("each state finds its rows, page by page, with both sides and what differs")
    func states() async throws {
        try await SyncWorld.with(rows: ["Account": 10]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            // 3 fails, 4 differs unseen, 5 is here only, 6 is there only.
            try await world.pool.run("UPDATE salesforce.account SET name = 'INVALID' WHERE id = 3")
            _ = try await world.write()
            let gone: String = try await world.pool.query("SELECT sfid FROM salesforce.account WHERE id = 5")[0].decode("sfid")
            let lost: String = try await world.pool.query("SELECT sfid FROM salesforce.account WHERE id = 6")[0].decode("sfid")
            try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\"\(gone)\"]}")
            try await world.pool.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.account SET phone = 'mine', numberofemployees = NULL WHERE id = 4")
                try session.run("DELETE FROM salesforce.account WHERE id = 6")
            }
            // One waits; it is not written, since nobody asks for it here.
            try await world.pool.run("UPDATE salesforce.account SET website = 'https://waits.example' WHERE id = 7")

            func ids(_ state: MappedRowState) async throws -> [Int] { try await Self.all(world, state).compactMap { $0["id"]?.integer } }
            #expect(try await ids(.any) == [1, 2, 3, 4, 5, 7, 8, 9, 10])
            #expect(try await ids(.failed) == [3])
            #expect(try await ids(.pending) == [7])
            #expect(try await ids(.synced) == [1, 2, 4, 5, 8, 9, 10])
            #expect(try await ids(.onlyHere) == [5])
            #expect(try await ids(.different) == [3, 4, 7])
            let there = try await Self.all(world, .onlyThere)
            #expect(there.map { $0["sfid"]?.string } == [lost])
            #expect(there.first?["id"] == .null)
            #expect(there.first?["salesforce"]?["sfid"]?.string == lost)

            let different = try await Self.all(world, .different)
            #expect(Set(different[1]["differences"]?.elements?.compactMap(\.string) ?? []) == ["phone", "numberofemployees"])
            #expect(different[1]["postgres"]?["phone"] == "mine")
            #expect(different[1]["salesforce"]?["phone"]?.string != "mine")
            #expect(different[0]["error"]?.string?.contains("INVALID") == true)
            #expect(different[0]["failed_changes"] == 1)
            #expect(different[2]["pending_changes"] == 1)
        }
    }

    @Test("search looks into id, sfid, _hc_err and name, and takes wildcards for what they are")
    func search() async throws {
        try await SyncWorld.with(rows: ["Account": 6]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.pool.run(
                "UPDATE salesforce.account SET name = CASE id WHEN 1 THEN '100% wool' WHEN 2 THEN 'INVALID' ELSE name END WHERE id <= 2")
            _ = try await world.write()
            let sfid: String = try await world.pool.query("SELECT sfid FROM salesforce.account WHERE id = 4")[0].decode("sfid")
            func ids(_ text: String) async throws -> [Int] {
                try await Self.all(world, .any, search: text).compactMap { $0["id"]?.integer }
            }
            // The refused row's _hc_err tells when it was refused, in digits.
            #expect(Set(try await ids("3")).subtracting([2]) == [3])
            #expect(try await ids(sfid) == [4])
            #expect(try await ids(String(sfid.prefix(15))) == [4])
            #expect(try await ids("must not contain") == [2])
            #expect(try await ids("100%") == [1])
            #expect(try await ids("0_ wo") == [])
            #expect(try await ids("'; DROP TABLE x") == [])
        }
    }
}
