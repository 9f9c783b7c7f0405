import Catalog
import CatalogWorld
import Foundation
import JobQueue
import Postgres
import Testing

@Suite("Texts of any length")
struct LongTextTests {
    @Test("a text of 10 MB is kept as 2,000 characters wherever people read it, and NUL is left out")
    func longTexts() async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let long = "It went wrong\0: " + String(repeating: "Grüße 東京 👩‍👩‍👧 ", count: 10_000_000 / 42)
            let connection = try await fixture.authorizedConnection()
            let (mapping, _) = try await store.upsertMapping(connection.id, objectName: "Account", config: fixture.config(["Id"]))
            try await store.event(.error, connection: connection.id, long)
            #expect(
                try await store.pool.withSession {
                    try CatalogStore.notify(connection.id, eventType: "mapping-error", message: long, in: $0)
                })
            #expect(
                try await !store.pool.withSession {
                    try CatalogStore.notify(connection.id, eventType: "mapping-error", message: long, in: $0)
                })
            try await store.setConnectionState(connection.id, .unauthorized, description: long)
            try await store.updateMapping(mapping.id, MappingUpdate(state: .badConfig, stateDescription: long))
            let jobID = try #require(try await JobQueue(pool: fixture.pool).enqueue([NewJob(kind: "test")])[0])
            let queue = JobQueue(pool: fixture.pool)
            let claim = try await queue.claim(ClaimRequest(worker: "w", kinds: ["test"], limit: 1, lease: .seconds(60)))
            let lease = try #require(claim.jobs.first?.lease)
            #expect(lease.jobID == jobID)
            try await queue.fail(lease, error: long, permanent: true)
            let texts = try await fixture.pool.query(
                """
                SELECT message AS text FROM sluice.events WHERE message NOT LIKE '% is %, it was %' UNION ALL SELECT message FROM sluice.notifications
                UNION ALL SELECT state_description FROM sluice.connections UNION ALL SELECT state_description FROM sluice.mappings
                UNION ALL SELECT last_error FROM sluice.finished_jobs
                """
            ).map { try $0.decode("text", as: String.self) }
            #expect(texts.count == 5)
            for text in texts {
                #expect(text.hasPrefix("It went wrong: Grüße") && text.hasSuffix("…") && text.unicodeScalars.count <= 2000)
            }
            let whole = try await fixture.pool.query("SELECT max(length(message)) AS n FROM sluice.events")[0]
            #expect(try whole.decode("n", as: Int.self) == 2000)
        }
    }
}
