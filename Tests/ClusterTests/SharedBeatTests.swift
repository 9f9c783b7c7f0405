import Catalog
import Foundation
import Postgres
import Secrets
import TestDatabase
import Testing

@Suite("Mappings of one connection")
struct SharedBeatTests {
    @Test("fall into one beat where they are many, and one job looks at all of them then; few are polled each by itself")
    func beat() async throws {
        try await ClusterWorld.with { world in
            let key = try SealingKey(base64: Data(repeating: 7, count: 32).base64EncodedString())
            for (name, count) in [("many", 6), ("few", 3)] {
                let connection = try await CatalogStore(pool: world.pool).createConnection(
                    try NewConnection(appName: name, target: .url(world.database.url), schemaName: name), sealingKey: key)
                try await world.pool.run(
                    """
                    INSERT INTO sluice.mappings (connection_id, position, object_name, config, sf_polling_seconds, next_poll_at)
                    SELECT \(connection.id), n, 'Object' || n, '{}', 2, sluice.clock() + n * interval '300 ms' FROM generate_series(1, \(count)) AS n
                    """)
            }
            try await world.pool.run("UPDATE sluice.connections SET state = 'IDLE'")
            _ = try world.start("sluice", ["scheduler"])
            try await world.reaches(
                1, "SELECT count(*) FROM sluice.jobs WHERE kind = 'poll_many' AND jsonb_array_length(args->'mappings') = 6")
            try await world.reaches(
                3,
                "SELECT count(DISTINCT mapping_id) FROM sluice.jobs j JOIN sluice.connections c ON c.id = j.connection_id WHERE kind = 'poll' AND app_name = 'few'"
            )
            #expect(
                try await world.number(
                    "SELECT count(DISTINCT next_poll_at) FROM sluice.mappings m JOIN sluice.connections c ON c.id = m.connection_id WHERE app_name = 'many'"
                ) == 1)
        }
    }
}
