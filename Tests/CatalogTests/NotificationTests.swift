import Catalog
import CatalogWorld
import Dispatch
import Eventually
import Foundation
import Postgres
import Testing

@Suite("Notifications of what ends or keeps a connection")
struct NotificationTests {
    enum Record: CaseIterable {
        case described, ended, deletesStopped
    }

    @Test("what is recorded is not there without its notification", arguments: Record.allCases)
    func together(_ record: Record) async throws {
        try await Fixture.with { fixture in
            let store = fixture.store
            let connection = try await fixture.authorizedConnection()
            try await store.pool.run("INSERT INTO sluice.write_switches (connection_id, deletes_per_hour) VALUES (\(connection.id), 5)")
            let (locked, release) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
            let locking = Task {
                try await store.pool.transaction { session in
                    try session.run("LOCK TABLE sluice.notifications IN SHARE MODE")
                    locked.continuation.yield()
                    release.wait()
                }
            }
            for await _ in locked.stream { break }
            let recording = Task {
                switch record {
                case .described: _ = try await store.describeConnection(connection.id, "it fails", eventType: "connection-error")
                case .ended:
                    try await store.endSync(
                        of: connection.id, .systemError, from: [.idle], eventType: "connection-error", reason: "it fails")
                case .deletesStopped:
                    try await store.pool.transaction {
                        try CatalogStore.stopDeletes(connection.id, message: "it fails", job: 1, in: $0)
                    }
                }
            }
            try await eventually("the notification waits for the table") {
                try await store.pool.query(
                    """
                    SELECT FROM pg_locks WHERE relation = 'sluice.notifications'::regclass AND NOT granted
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """
                ).count == 1
            }
            let isRecorded: PostgresQuery = """
                SELECT FROM sluice.connections c JOIN sluice.write_switches w ON w.connection_id = c.id
                WHERE c.id = \(connection.id) AND (c.state_description = 'it fails' OR w.deletes_stopped_at IS NOT NULL)
                """
            #expect(try await store.pool.query(isRecorded).isEmpty)
            release.signal()
            try await locking.value
            try await recording.value
            #expect(try await store.pool.query(isRecorded).count == 1)
            let raised = try await store.pool.query("SELECT message FROM sluice.notifications")
            #expect(try raised.map { try $0.decode("message", as: String.self) } == ["it fails"])
        }
    }
}
