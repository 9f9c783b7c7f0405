import Catalog
import Eventually
import Foundation
import JobQueue
import Postgres
import Secrets
import TestDatabase
import Testing

@Suite("A scheduler leaves no mapping unread")
struct UnreadMappingProcessTests {
    @Test("whose load was cancelled is loaded anew, whose reload was cancelled is polled; asking by hand brings a retry forward")
    func cancelled() async throws {
        try await ClusterWorld.with { world in
            let catalog = CatalogStore(pool: world.pool)
            let key = try SealingKey(base64: Data(repeating: 7, count: 32).base64EncodedString())
            let connection = try await catalog.createConnection(
                NewConnection(appName: "app", target: .url(world.database.url)), sealingKey: key)
            try await catalog.storeAuthorization(
                connection.id,
                ConnectionAuthorization(
                    sealedCredentials: try CredentialSeal.seal(["grant": "test"], for: connection.id, key: key), environment: "custom",
                    loginURL: "http://127.0.0.1:9", instanceURL: "http://127.0.0.1:9"))
            let config = try MappingConfig(json: #"{"access":"read_only","fields":{"Id":{}}}"#)
            var loads: [Int64] = []
            for (object, watermark) in [("New", Date?.none), ("Old", Date())] {
                let (mapping, _) = try await catalog.upsertMapping(connection.id, objectName: object, config: config)
                try await catalog.updateMapping(mapping.id, MappingUpdate(state: .waitBulkLoad, watermark: watermark, nextPoll: .never))
                loads += try await world.queue.enqueue([try .load(mapping, reason: .initial)]).compactMap(\.self)
            }
            _ = try world.start("sluice", ["scheduler"])
            try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers WHERE leads")
            for load in loads {
                let cancel = try world.start("sluice", ["job", "cancel", "\(load)"])
                #expect(try await cancel.exitStatus() == 0, "\(cancel.errors)")
            }
            try await world.reaches(
                1,
                "SELECT count(*) FROM sluice.jobs j JOIN sluice.mappings m ON m.id = j.mapping_id WHERE kind = 'load' AND object_name = 'New'"
            )
            try await world.reaches(
                1,
                "SELECT count(*) FROM sluice.jobs j JOIN sluice.mappings m ON m.id = j.mapping_id WHERE kind = 'poll' AND object_name = 'Old'"
            )
            #expect(
                try await world.number("SELECT count(*) FROM sluice.mapping_status WHERE state_description LIKE '%was cancelled%'") == 2)
            // The poll failed and waits; the schedule lets it wait, a person does not.
            let poll = Int64(try await world.number("SELECT id FROM sluice.jobs WHERE kind = 'poll'"))
            try await world.pool.run("UPDATE sluice.jobs SET run_at = run_at + interval '600 seconds', attempt = 1 WHERE id = \(poll)")
            try await world.pool.run("UPDATE sluice.mappings SET next_poll_at = sluice.clock() WHERE next_poll_at IS NOT NULL")
            try await world.reaches(1, "SELECT count(*) FROM sluice.mappings WHERE next_poll_at > sluice.clock()")
            #expect(try await world.number("SELECT count(*) FROM sluice.jobs WHERE id = \(poll) AND run_at > sluice.clock()") == 1)
            let ask = try world.start("sluice", ["job", "enqueue", "poll", "--connection", connection.resourceName, "--object", "Old"])
            #expect(try await ask.exitStatus() == 0, "\(ask.errors)")
            #expect(try await world.number("SELECT count(*) FROM sluice.jobs WHERE id = \(poll) AND run_at <= sluice.clock()") == 1)
        }
    }
}
