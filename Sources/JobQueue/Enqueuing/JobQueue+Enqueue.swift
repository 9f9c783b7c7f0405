public import Postgres

extension JobQueue {
    /// Enqueues jobs in one transaction and announces them.
    ///
    /// - Returns: ids in the order of `jobs`; nil where a job with that unique key already waits.
    /// - Throws: `PostgresError`.
    public func enqueue(_ jobs: [NewJob]) async throws -> [Int64?] {
        try await pool.withSession { session in
            let ids = try Self.insert(jobs, in: session)
            if ids.contains(where: { $0 != nil }) { try announcer.announce(in: session, pool: pool) }
            return ids
        }
    }

    /// Enqueues a job for each element of a sequence of any length in one transaction; jobs are made as the server takes them.
    ///
    /// - Returns: how many were enqueued; not those whose unique key already waits.
    /// - Throws: `PostgresError`, and what making a job throws; then none is enqueued.
    @discardableResult
    public func enqueueAll<Elements: Sequence & Sendable>(
        _ elements: Elements, job: @Sendable (Elements.Element) throws -> NewJob
    ) async throws -> Int {
        try await pool.withSession { session in
            let enqueued = try session.transaction {
                var enqueued = 0
                var chunk: [NewJob] = []
                for element in elements {
                    chunk.append(try job(element))
                    guard chunk.count == Self.chunkLength else { continue }
                    enqueued += try Self.insert(chunk, in: session).count { $0 != nil }
                    chunk.removeAll(keepingCapacity: true)
                }
                return enqueued + (try Self.insert(chunk, in: session).count { $0 != nil })
            }
            if enqueued > 0 { try announcer.announce(in: session, pool: pool) }
            return enqueued
        }
    }

    /// Enqueues jobs as part of the caller's transaction: they exist, and are announced, if and only if it commits.
    ///
    /// - Returns: ids in the order of `jobs`; nil where a job with that unique key already waits.
    /// - Throws: `PostgresError`.
    public static func enqueue(_ jobs: [NewJob], in session: PostgresSession) throws -> [Int64?] {
        let ids = try insert(jobs, in: session)
        if ids.contains(where: { $0 != nil }) { try session.run(.prepared("SELECT pg_notify(\(channel), '')")) }
        return ids
    }

    private static let chunkLength = 5000
    /// From how many jobs on COPY's second round trip is worth it.
    private static let smallestCopy = 32

    private static func insert(_ jobs: [NewJob], in session: PostgresSession) throws -> [Int64?] {
        if jobs.isEmpty { return [] }
        if jobs.count < smallestCopy || jobs.contains(where: { $0.uniqueKey != nil }) { return try insertUnlessWaiting(jobs, in: session) }
        let drawn = try session.query(
            .prepared(
                """
                SELECT nextval('sluice.jobs_id_seq') AS id, (extract(epoch FROM sluice.clock()) * 1000000)::bigint AS now
                FROM generate_series(1, \(jobs.count))
                """))
        let ids = try drawn.map { try $0.decode("id", as: Int64.self) }
        let now: Int64 = try drawn[0].decode("now")
        _ = try session.copyIn(JobCopy.statement) { writer in
            var copy = JobCopy(writer: writer, now: now)
            for (job, id) in zip(jobs, ids) { try copy.write(job, id: id) }
            try copy.end()
        }
        return ids
    }

    private static func insertUnlessWaiting(_ jobs: [NewJob], in session: PostgresSession) throws -> [Int64?] {
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
                )
                SELECT given.position, inserted.id
                FROM given LEFT JOIN inserted USING (id)
                ORDER BY given.position
                """))
        return try rows.map { try $0.decodeIfPresent("id", as: Int64.self) }
    }
}
