import Catalog
import Foundation
import JobQueue
import Postgres
import SyncJournal
import TestDatabase
import Testing

@Suite("What is forgotten after a while")
struct RetentionTests {
    @Test("notifications and the audit trail go by their age, pages with their load")
    func ages() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let pool = database.pool(size: 2)
            let store = CatalogStore(pool: pool)
            let queue = JobQueue(pool: pool)
            let job = try await queue.enqueue([try .load(UUID(), connectionID: UUID(), reason: .reload)])[0]!
            try await pool.withSession { session in
                try session.script(
                    """
                    INSERT INTO sluice.connections (name, app_name, app_id, resource_name) VALUES ('c', 'a', gen_random_uuid(), 'r');
                    INSERT INTO sluice.notifications (connection_id, created_at, event_type, message)
                    SELECT id, sluice.clock() - make_interval(days => age), 'x', age::text FROM sluice.connections, unnest(ARRAY[1, 89, 91, 400]) AS age;
                    INSERT INTO sluice.audit_trail (at, actor, action) SELECT sluice.clock() - make_interval(days => age), 'ann', age::text
                    FROM unnest(ARRAY[1, 399, 401]) AS age;
                    INSERT INTO sluice.api_usage (connection_id, day, calls)
                    SELECT id, (sluice.clock() - make_interval(days => age))::date, 1 FROM sluice.connections, unnest(ARRAY[1, 399, 402]) AS age
                    """)
                _ = try CatalogStore.insertLoadPages([LoadPage(number: 0, locator: nil)], loadJobID: job, in: session)
                _ = try CatalogStore.insertLoadPages((0..<3).map { LoadPage(number: $0, locator: nil) }, loadJobID: job + 1000, in: session)
            }
            #expect(try await store.pruneNotifications(olderThan: .seconds(90 * 86_400)) == 2)
            #expect(try await store.pruneAudit(olderThan: .seconds(400 * 86_400)) == 1)
            #expect(try await store.pruneUsage(olderThan: .seconds(400 * 86_400)) == 1)
            #expect(try await store.pruneLoadPages() == 3)
            #expect(try await store.pruneLoadPages() == 0)
            #expect(try await store.loadProgress(job).pages == 1)
        }
    }
}
