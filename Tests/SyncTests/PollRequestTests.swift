import Catalog
import Eventually
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncJournal
import SyncWorld
import Testing

/// A bulk poll waits for Salesforce without a slot; what is written meanwhile is not in its window.
@Suite("Polls that are asked for while another is under way")
struct PollRequestTests {
    enum Asker: CaseIterable {
        case person
        case changeEvents
    }

    @Test("bring what was written since the first one's question", arguments: Asker.allCases)
    func writtenMeanwhile(asker: Asker) async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 1")
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":1500}"#)
            let write = { (value: String) async throws -> Void in
                _ = try await world.sandbox(
                    .post, "/sandbox/mutate",
                    #"{"object":"Account","update":{"count":9,"field":"Website","value":"https://\#(value).example"},"seed":1}"#)
            }
            try await write("first-%d")
            let mapping = try await world.mapping("Account")
            let first = try await world.queue.enqueue([try .poll(mapping)])
            try await eventually("the poll waits for Salesforce") {
                try await world.count("sluice.jobs WHERE kind = 'poll' AND state = 'available' AND progress IS NOT NULL") == 1
            }
            try await write("second-%d")
            switch asker {
            case .person:
                let asked = try await world.pool.transaction { try CatalogStore.enqueue(.poll, of: mapping, requestedBy: "test", in: $0) }
                #expect([asked] != first)
            case .changeEvents: try await world.catalog.leaveStreamChangesToPoll(mapping)
            }
            try await eventually("nothing is polled any more") {
                try await world.count("sluice.jobs WHERE kind IN ('poll', 'load_page')") == 0
            }
            #expect(try await world.count("salesforce.account WHERE website LIKE 'https://second-%'") == 9)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }
}
