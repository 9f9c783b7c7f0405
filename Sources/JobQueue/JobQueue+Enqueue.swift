public import Postgres

extension JobQueue {
    /// Enqueues jobs in one statement and announces them once.
    ///
    /// - Returns: ids in the order of `jobs`; nil where a job with that unique key already waits.
    /// - Throws: `PostgresError`.
    public func enqueue(_ jobs: [NewJob]) async throws -> [Int64?] {
        try await pool.withSession { try Self.enqueue(jobs, in: $0) }
    }

    /// Enqueues jobs as part of the caller's transaction: they exist if and only if it commits.
    ///
    /// - Returns: ids in the order of `jobs`; nil where a job with that unique key already waits.
    /// - Throws: `PostgresError`.
    public static func enqueue(_ jobs: [NewJob], in session: PostgresSession) throws -> [Int64?] {
        guard !jobs.isEmpty else { return [] }
        // A transaction that notifies holds a lock of the whole server while it waits for the disk, so that such commits go one after the
        // other. Outside of a transaction of the caller's the announcement is a statement of its own, which writes nothing; lost with this
        // process, it costs the workers one pause of their poll.
        let announcesInside = session.isInTransaction
        // The ids are drawn first, so that a row that was not inserted is told from one that was, whatever order RETURNING has.
        let rows = try session.query(
            .prepared(
                """
                WITH given AS (
                    SELECT nextval('sluice.jobs_id_seq') AS id, g.*
                    FROM unnest(
                        \(jobs.map(\.kind))::text[], \(nullable: jobs.map { $0.connectionID?.postgresText })::uuid[],
                        \(nullable: jobs.map { $0.mappingID?.postgresText })::uuid[], \(jobs.map(\.args))::jsonb[], \(jobs.map(\.priority))::int[],
                        \(nullable: jobs.map(\.runAfter.postgresText))::interval[], \(jobs.map(\.maxAttempts))::int[],
                        \(nullable: jobs.map(\.uniqueKey))::text[], \(nullable: jobs.map(\.exclusiveKey))::text[], \(nullable: jobs.map(\.timeout.postgresText))::interval[]
                    ) WITH ORDINALITY AS g(kind, connection_id, mapping_id, args, priority, run_after, max_attempts, unique_key, exclusive_key, timeout, position)
                ), inserted AS (
                    INSERT INTO sluice.jobs (id, kind, connection_id, mapping_id, args, priority, run_at, max_attempts, unique_key, exclusive_key, timeout, created_at)
                    OVERRIDING SYSTEM VALUE
                    SELECT id, kind, connection_id, mapping_id, args, priority, clock.now + run_after, max_attempts, unique_key, exclusive_key, timeout, clock.now
                    FROM given, (SELECT sluice.clock() AS now OFFSET 0) AS clock
                    ON CONFLICT (unique_key) WHERE state = 'available' AND unique_key IS NOT NULL DO NOTHING
                    RETURNING id
                ), announced AS (
                    SELECT pg_notify(\(channel), '') WHERE \(announcesInside)::boolean AND EXISTS (SELECT FROM inserted)
                )
                SELECT given.position, inserted.id
                FROM given LEFT JOIN inserted USING (id), (SELECT count(*) FROM announced) AS told
                ORDER BY given.position
                """))
        let ids = try rows.map { try $0.decodeIfPresent("id", as: Int64.self) }
        if !announcesInside, ids.contains(where: { $0 != nil }) { try session.run(.prepared("SELECT pg_notify(\(channel), '')")) }
        return ids
    }
}
