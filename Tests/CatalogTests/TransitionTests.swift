import Catalog
import CatalogWorld
import Postgres
import SyncJournal
import Testing

@Suite("Changes of states, as the journal tells them")
struct TransitionTests {
    private func told(_ fixture: Fixture, of subject: String) async throws -> [String] {
        try await fixture.pool.query("SELECT message FROM sluice.events WHERE message LIKE \(subject + " is %, it was %") ORDER BY id").map
        {
            try $0.decode("message", as: String.self)
        }
    }

    @Test("each of a mapping's is a line, but for those of a poll, which has its own")
    func mappings() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            let (mapping, _) = try await fixture.store.upsertMapping(
                connection.id, objectName: "Account", config: MappingConfig(json: #"{"fields": {"Id": {}}}"#))
            let path: [MappingState] = [
                .waitBulkLoad, .loadingBulkJob, .dataSynced, .pollingSFChanges, .pollingSFForDeletes, .dataSynced, .dataSynced,
                .pollingSFBulk,
                .dataSynced, .badConfig, .dataSynced, .aborted,
            ]
            for state in path { try await fixture.store.setMappingState(mapping.id, state) }
            let expected = [
                "WAIT_BULK_LOAD, it was INITIAL", "LOADING_BULK_JOB, it was WAIT_BULK_LOAD", "DATA_SYNCED, it was LOADING_BULK_JOB",
                "POLLING_SF_BULK, it was DATA_SYNCED", "DATA_SYNCED, it was POLLING_SF_BULK", "BAD_CONFIG, it was DATA_SYNCED",
                "DATA_SYNCED, it was BAD_CONFIG", "ABORTED, it was DATA_SYNCED",
            ]
            #expect(try await told(fixture, of: "Account") == expected.map { "Account is \($0)" })
            let events = try await fixture.store.events(connections: [connection.id], mapping: mapping.id)
            #expect(events.count == expected.count && events.allSatisfy { $0.type == .read && $0.level == .info })
        }
    }

    @Test("each of a connection's is a line, but for idle and at work, which come and go")
    func connections() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            try await fixture.pool.run("DELETE FROM sluice.events")
            for state in [ConnectionState.pollingDBChanges, .idle, .paused, .idle, .dbUnavailable, .idle] {
                try await fixture.store.setConnectionState(connection.id, state)
            }
            let expected = ["PAUSED, it was IDLE", "IDLE, it was PAUSED", "DB_UNAVAILABLE, it was IDLE", "IDLE, it was DB_UNAVAILABLE"]
            #expect(try await told(fixture, of: "The connection") == expected.map { "The connection is \($0)" })
        }
    }
}
