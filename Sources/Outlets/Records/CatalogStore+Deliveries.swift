public import Catalog
import ForeignText
public import Foundation
import JobQueue
public import Postgres

extension CatalogStore {
    /// What waits for an outlet, oldest first.
    ///
    /// - Throws: `PostgresError`.
    public func waitingDeliveries(_ outlet: UUID, limit: Int) async throws -> [OutletDelivery] {
        try await pool.query(
            "SELECT * FROM sluice.deliveries WHERE outlet_id = \(outlet) AND delivered_at IS NULL ORDER BY id LIMIT \(limit)",
            timeout: .seconds(10)
        ).map(OutletDelivery.init(row:))
    }

    /// Notes that an outlet took what it was told. A drain's lines are not kept: the log has them.
    ///
    /// - Throws: `PostgresError`.
    public func noteDelivered(_ ids: [Int64], to outlet: Outlet) async throws {
        try await pool.transaction { session in
            if outlet.kind == .drain {
                try session.run("DELETE FROM sluice.deliveries WHERE id = ANY (\(ids)::bigint[])", timeout: .seconds(10))
            } else {
                try session.run(
                    "UPDATE sluice.deliveries SET delivered_at = sluice.clock() WHERE id = ANY (\(ids)::bigint[])", timeout: .seconds(10))
            }
            try session.run(
                """
                UPDATE sluice.outlets
                SET delivered = delivered + \(ids.count)::bigint, delivered_at = sluice.clock(), failures = 0, failing_since = NULL, last_error = NULL,
                    next_attempt_at = NULL
                WHERE id = \(outlet.id)
                """)
        }
    }

    /// Notes that an outlet could not be told, and until when it rests.
    ///
    /// - Throws: `PostgresError`.
    public func noteFailedDelivery(_ ids: [Int64], to outlet: Outlet, reason: String, pause: Duration) async throws {
        let reason = String(foreign: reason)
        try await pool.transaction { session in
            try session.run(
                "UPDATE sluice.deliveries SET attempts = attempts + 1, last_error = \(reason) WHERE id = ANY (\(ids)::bigint[])",
                timeout: .seconds(10))
            try session.run(
                """
                UPDATE sluice.outlets
                SET failures = failures + 1, failing_since = coalesce(failing_since, sluice.clock()), last_error = \(reason),
                    next_attempt_at = sluice.clock() + \(pause)::interval
                WHERE id = \(outlet.id)
                """)
        }
    }

    /// Gives up what has waited longer than this, and raises a notification of it in the same transaction.
    ///
    /// - Throws: `PostgresError`.
    public func dropDeliveries(to outlet: Outlet, olderThan age: Duration) async throws {
        try await pool.transaction { session in
            let dropped = try session.run(
                """
                DELETE FROM sluice.deliveries
                WHERE outlet_id = \(outlet.id) AND delivered_at IS NULL AND created_at < sluice.clock() - \(age)::interval
                """, timeout: .seconds(30))
            guard dropped > 0 else { return }
            try session.run("UPDATE sluice.outlets SET dropped = dropped + \(dropped)::bigint WHERE id = \(outlet.id)")
            try Self.notify(
                outlet.connectionID, eventType: "outlet-error",
                message:
                    "\(outlet.kind.rawValue) \(outlet.target): messages were given up, since they could not be delivered for days: \(outlet.lastError ?? "")",
                in: session)
        }
    }

    /// Forgets what was delivered longer ago than this, a few thousand at a time.
    ///
    /// - Returns: how much.
    /// - Throws: `PostgresError`.
    public func pruneDeliveries(olderThan age: Duration) async throws -> Int {
        // Numbers grow with time, so that the oldest are found without an index on it.
        try await pool.run(
            """
            DELETE FROM sluice.deliveries WHERE id IN (
                SELECT id FROM sluice.deliveries ORDER BY id LIMIT 5000
            ) AND delivered_at < sluice.clock() - \(age)::interval
            """, timeout: .seconds(30))
    }

    /// Enqueues a job for every outlet that something waits for and that does not rest.
    ///
    /// - Throws: `PostgresError`.
    public static func enqueueDueDeliveries(in session: PostgresSession) throws {
        let due = try session.query(
            .prepared(
                """
                SELECT o.id, o.connection_id FROM sluice.outlets o
                WHERE o.is_enabled AND (o.next_attempt_at IS NULL OR o.next_attempt_at <= sluice.clock())
                  AND EXISTS (SELECT FROM sluice.deliveries d WHERE d.outlet_id = o.id AND d.delivered_at IS NULL)
                LIMIT 1000
                """), timeout: .seconds(10))
        let jobs = try due.map { try NewJob.deliver($0.decode("id"), connectionID: $0.decode("connection_id")) }
        if !jobs.isEmpty { _ = try JobQueue.enqueue(jobs, in: session) }
    }
}
