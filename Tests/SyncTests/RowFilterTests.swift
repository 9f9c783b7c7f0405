import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

@Suite("A mapping of some rows")
struct RowFilterTests {
    private static func map(_ world: SyncWorld, filter: String) async throws {
        let fields = SyncWorld.accountFields.map { "\"\($0)\": {}" }.joined(separator: ", ")
        let text = filter.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        _ = try await world.catalog.startImport(
            world.connectionID,
            export:
                "{\"version\": 1, \"mappings\": [{\"object_name\": \"Account\", \"config\": {\"fields\": {\(fields)}, \"row_filter\": \"\(text)\"}}]}",
            requestedBy: "test")
        try await eventually {
            guard let mapping = try await world.catalog.mapping(world.connectionID, object: "Account") else { return false }
            return try await world.count("sluice.jobs WHERE kind IN ('import', 'load', 'load_page')") == 0
                && (mapping.state == .dataSynced || mapping.state.isError)
        }
    }

    @Test("holds those that the filter lets in: they come with their change, and leave with it", arguments: [10_000, 1])
    func comeAndGo(threshold: Int) async throws {
        try await SyncWorld.with(rows: ["Account": 60]) { world in
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = \(threshold)")
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":20,"field":"Website","value":"https://in.example/%d"},"seed":2}"#)
            try await Self.map(
                world, filter: "Website LIKE 'https://in.example/%' AND (Name != 'it''s' OR Name = null)".replacing("''", with: "\\'"))
            let mapping = try await world.mapping("Account")
            try #require(mapping.state == .dataSynced, "\(mapping.stateDescription ?? "")")
            #expect(try await world.count("salesforce.account") == 20)
            // Others, some of them the same: a few come, a few change and stay.
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":60,"field":"Website","value":"https://in.example/again/%d"},"seed":9}"#)
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.count("salesforce.account") == 60)
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":7,"field":"Website","value":"https://out.example/%d"},"seed":4}"#)
            #expect(try await world.poll("Account").state == "completed")
            try await eventually { try await world.count("salesforce.account") == 53 }
            #expect(try await world.count("salesforce.account WHERE website LIKE 'https://out%'") == 0)
            // Another filter is another set of rows.
            try await Self.map(world, filter: "Website LIKE 'https://out.example/%'")
            // What changed just before the load began may have come by a poll since: the next poll decides about it.
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.count("salesforce.account") == 7)
        }
    }

    @Test("rows that leave it among more changes than REST reads are found by a comparison of ids, though few of those that stay changed")
    func manyLeave() async throws {
        try await SyncWorld.with(rows: ["Account": 60]) { world in
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":60,"field":"Website","value":"https://in.example/%d"},"seed":2}"#)
            try await Self.map(world, filter: "Website LIKE 'https://in.example/%'")
            #expect(try await world.count("salesforce.account") == 60)
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 2")
            try await world.sandbox(.post, "/sandbox/faults", #"{"maximum_page_rows":5}"#)
            // What has the stamp of the second in which ids are compared may be newer than that, and stays.
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":5}"#)
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":58,"field":"Website","value":"https://out.example/%d"},"seed":4}"#)
            #expect(try await world.poll("Account").state == "completed")
            try await eventually { try await world.count("salesforce.account") == 2 }
        }
    }

    @Test(
        "is refused when the org does not take its filter, by name",
        arguments: ["Nonsense__c = 1", "Name = 'a' ORDER BY Name", "Name LIKE"])
    func refused(filter: String) async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            do {
                try await Self.map(world, filter: filter)
                #expect(try await world.mapping("Account").state == .badConfig)
                #expect(try await world.mapping("Account").stateDescription?.contains("row_filter") == true)
            } catch {
                #expect("\(error)".contains("row_filter"), "\(error)")
            }
        }
    }
}
