public import Foundation
import JobQueue
public import Postgres

extension CatalogStore {
    /// What keeps a connection's writes from Salesforce.
    ///
    /// - Throws: `PostgresError`, `CatalogError` with code `.corrupt`.
    public func writeSwitches(_ id: UUID) async throws -> WriteSwitches {
        let rows = try await pool.query(
            .prepared(
                """
                SELECT mode, deletes_per_hour, deletes_allowed_at, deletes_stopped_at, dry_run::text AS dry_run, dry_run_at
                FROM sluice.write_switches WHERE connection_id = \(id)
                """))
        return try rows.first.map(WriteSwitches.init(row:)) ?? WriteSwitches()
    }

    /// Sets mode and limit, and has what waits looked at. A new limit ends the stop of the old one.
    ///
    /// - Throws: `PostgresError`.
    public func setWriteSwitches(_ id: UUID, mode: WriteSwitches.Mode, deletesPerHour: Int?, requestedBy: String) async throws {
        try await pool.transaction { session in
            try session.run(
                """
                INSERT INTO sluice.write_switches AS s (connection_id, mode, deletes_per_hour) VALUES (\(id), \(mode.rawValue), \(deletesPerHour))
                ON CONFLICT (connection_id) DO UPDATE
                SET mode = excluded.mode, deletes_per_hour = excluded.deletes_per_hour,
                    deletes_stopped_at = CASE WHEN s.deletes_per_hour IS DISTINCT FROM excluded.deletes_per_hour THEN NULL ELSE s.deletes_stopped_at END
                """)
            _ = try JobQueue.enqueue([try .write(id, requestedBy: requestedBy)], in: session)
        }
    }

    /// Lets everything go out that was deleted until now.
    ///
    /// - Throws: `PostgresError`.
    public func allowDeletes(_ id: UUID, requestedBy: String) async throws {
        try await pool.transaction { session in
            try session.run(
                """
                INSERT INTO sluice.write_switches (connection_id, deletes_allowed_at) VALUES (\(id), sluice.clock())
                ON CONFLICT (connection_id) DO UPDATE SET deletes_allowed_at = excluded.deletes_allowed_at, deletes_stopped_at = NULL
                """)
            _ = try JobQueue.enqueue([try .write(id, requestedBy: requestedBy)], in: session)
        }
    }

    /// Notes that deletes wait for a person from now on, and asks for one unless they waited before.
    ///
    /// - Throws: `PostgresError`.
    public static func stopDeletes(_ id: UUID, message: String, job: Int64, in session: PostgresSession) throws {
        let isNews =
            try session.run(
                "UPDATE sluice.write_switches SET deletes_stopped_at = sluice.clock() WHERE connection_id = \(id) AND deletes_stopped_at IS NULL"
            ) == 1
        guard isNews else { return }
        try event(.warning, connection: id, job: job, type: .write, message, in: session)
        try notify(id, eventType: "deletes-stopped", message: message, in: session)
    }

    /// Keeps the report of a dry run in place of the last.
    ///
    /// - Parameter report: JSON text.
    /// - Throws: `PostgresError`.
    public func storeDryRun(_ id: UUID, report: String) async throws {
        try await pool.run(
            "UPDATE sluice.write_switches SET dry_run = \(report)::jsonb, dry_run_at = sluice.clock() WHERE connection_id = \(id)")
    }
}
