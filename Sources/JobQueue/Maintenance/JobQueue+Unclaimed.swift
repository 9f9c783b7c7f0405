import Postgres

extension JobQueue {
    /// Ends jobs that could have run for this long, but whose kind no live worker knows, as failed, a few at a time; their error names the
    /// kind and those that are known. `retry` brings them back. Does nothing while no worker lives.
    ///
    /// - Returns: how many failed.
    /// - Throws: `PostgresError`.
    public func failUnclaimed(after patience: Duration) async throws -> Int {
        try await pool.run(
            """
            WITH RECURSIVE \(fragment: Self.heads(in: .everywhere)), known AS (
                SELECT array_agg(DISTINCT kind ORDER BY kind) AS kinds
                FROM sluice.workers CROSS JOIN LATERAL unnest(kinds) AS kind
                WHERE role = 'worker' AND heartbeat_at > sluice.clock() - interval '30 seconds'
            ), unclaimed AS (
                SELECT j.id FROM known CROSS JOIN heads CROSS JOIN LATERAL (
                    SELECT w.id FROM sluice.jobs w
                    WHERE w.state = 'available' AND w.lane = heads.lane AND w.priority = heads.priority
                      AND w.run_at >= heads.run_at AND w.run_at < sluice.clock() - \(patience)::interval
                      AND w.kind <> ALL (known.kinds)
                    LIMIT 1000 FOR UPDATE OF w SKIP LOCKED
                ) AS j
                WHERE known.kinds IS NOT NULL
            ), ended AS (
                DELETE FROM sluice.jobs WHERE id = ANY (ARRAY(SELECT id FROM unclaimed)) RETURNING *
            ), buried AS (
                INSERT INTO sluice.finished_jobs
                    (id, kind, connection_id, mapping_id, state, priority, run_at, attempt, worker, exclusive_key, args, progress, last_error, created_at, started_at, plane)
                SELECT id, kind, connection_id, mapping_id, 'failed', priority, run_at, attempt, worker, exclusive_key, args, progress,
                       'no worker knows jobs of the kind "' || kind || '"; known are ' || array_to_string(known.kinds, ', '), created_at, started_at,
                       \(fragment: Self.openPlane)
                FROM ended, known
            )
            SELECT FROM ended
            """, timeout: .seconds(30))
    }
}
