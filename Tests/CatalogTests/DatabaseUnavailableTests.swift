import Catalog
import CatalogWorld
import JobQueue
import Postgres
import Secrets
import TestDatabase
import Testing

@Suite("A connection that was put into DB_UNAVAILABLE comes back")
struct DatabaseUnavailableTests {
    @Test("by a person's resume or restart")
    func byHand() async throws {
        try await Fixture.with { fixture in
            let connection = try await fixture.authorizedConnection()
            for act in [fixture.store.resume, fixture.store.restart] {
                try await fixture.store.setConnectionState(connection.id, .dbUnavailable, description: "not reachable")
                #expect(try await act(connection.id))
                let found = try #require(try await fixture.store.connection(connection.id))
                #expect(found.state == .idle)
                #expect(found.stateDescription == nil)
            }
        }
    }

    @Test("by itself, when a version put it there that did so for one process's own fault")
    func byMigration() async throws {
        let all = JobQueue.migrations + CatalogStore.migrations
        try await TestDatabase.with(migrations: all.filter { $0.number < 9 }) { database in
            let pool = database.pool(size: 1)
            for (schema, state, credentials) in [
                ("a", "DB_UNAVAILABLE", "'sealed'"), ("b", "DB_UNAVAILABLE", "NULL"), ("c", "PAUSED", "'sealed'"),
            ] {
                try await pool.run(
                    """
                    INSERT INTO sluice.connections (name, app_name, app_id, resource_name, db_key, schema_name, state, state_description, credentials_sealed)
                    VALUES (\(schema), 'app', gen_random_uuid(), \(schema), 'KEY', \(schema), \(state), 'why', \(raw: credentials))
                    """)
            }
            _ = try await PostgresMigrator(schema: "sluice", migrations: all).migrate(pool, logger: TestDatabase.quietLogger)
            let states = try await pool.query("SELECT name || ' ' || state AS state FROM sluice.connections ORDER BY name")
                .map { try $0.decode("state", as: String.self) }
            #expect(states == ["a IDLE", "b DB_UNAVAILABLE", "c PAUSED"])
        }
    }
}
