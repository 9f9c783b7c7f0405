import Postgres
import Synchronization

/// Says in the target database whose the work on a lane is, where the lease is kept in another database and no transaction can span the two.
///
/// A worker writes its lease's token down and then looks whether it still holds the lease; each of its transactions keeps the token from being
/// replaced until it ends. So a worker that lost its lease commits nothing after the next one has begun.
final class TargetFence: Sendable {
    /// The token is another's, or is not written down yet.
    struct NotHeld: Error {}

    private let lane: String
    private let hasTaken = Mutex(false)

    /// - Parameter lane: what only one worker at a time works on.
    init(lane: String) {
        self.lane = lane
    }

    /// Keeps the token in place until the transaction ends.
    ///
    /// - Throws: `NotHeld`; `PostgresError`.
    func hold(_ token: Int64, in session: PostgresSession) throws {
        guard hasTaken.withLock({ $0 }) else { throw NotHeld() }
        let rows = try session.query("SELECT token FROM sluice_staging.fences WHERE lane = \(lane) FOR SHARE")
        guard try rows.first?.decode("token", as: Int64.self) == token else { throw NotHeld() }
    }

    /// Writes the token down; whether the lease is still held is to be looked at afterwards.
    ///
    /// - Throws: `PostgresError`; `MappedSchemaError` when the staging schema may not be made.
    func take(_ token: Int64, in session: PostgresSession) throws {
        // By the catalog: a schema that this role may not use says so only when it is named.
        let found = try session.query(
            """
            SELECT EXISTS (
                SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'sluice_staging' AND c.relname = 'fences' AND has_schema_privilege(n.oid, 'USAGE')
            ) AS found
            """)[0]
        if try !found.decode("found", as: Bool.self) {
            try session.run("SELECT pg_advisory_xact_lock(hashtextextended('sluice.fences', 0))", timeout: .seconds(120))
            try TargetMetadata.ensureStaging(in: session)
            try session.run(
                """
                CREATE TABLE IF NOT EXISTS sluice_staging.fences (
                    lane text PRIMARY KEY, token bigint NOT NULL, taken_at timestamptz NOT NULL DEFAULT now()
                )
                """)
            try TargetMetadata.share(in: session)
        }
        // Lanes of jobs that are long gone.
        try session.run("DELETE FROM sluice_staging.fences WHERE taken_at < now() - interval '7 days' AND lane <> \(lane)")
        // A transaction of the worker before may take long to end.
        try session.run(
            """
            INSERT INTO sluice_staging.fences (lane, token) VALUES (\(lane), \(token))
            ON CONFLICT (lane) DO UPDATE SET token = excluded.token, taken_at = excluded.taken_at
            """, timeout: .seconds(600))
        hasTaken.withLock { $0 = true }
    }
}
