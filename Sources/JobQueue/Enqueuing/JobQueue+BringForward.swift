public import Postgres

extension JobQueue {
    /// Enqueues jobs; of one whose unique key waits already, that one is brought forward, whatever it waits for. For what people ask for.
    ///
    /// - Parameter joiningBegun: whether a job will do that has begun and waits between its steps. It may have behind it what the request is about.
    /// - Returns: the jobs that do it, new or not, in the order of `jobs`; nil for one that a worker claimed, and whose key was taken again, in
    ///   the same instant.
    /// - Throws: `PostgresError`.
    public static func enqueueOrBringForward(_ jobs: [NewJob], joiningBegun: Bool = true, in session: PostgresSession) throws -> [Int64?] {
        if !joiningBegun {
            try session.run("SELECT sluice.release_begun_job(key) FROM unnest(\(jobs.compactMap(\.uniqueKey))::text[]) AS key")
        }
        var ids = try enqueue(jobs, in: session)
        for _ in 0..<2 {
            let missing = ids.indices.filter { ids[$0] == nil && jobs[$0].uniqueKey != nil }
            guard !missing.isEmpty else { break }
            let forward = try bringForward(uniqueKeys: missing.compactMap { jobs[$0].uniqueKey }, in: session)
            for index in missing { ids[index] = jobs[index].uniqueKey.flatMap { forward[$0] } }
            // A worker has claimed it since: its key is free again.
            let claimed = missing.filter { ids[$0] == nil }
            for (index, id) in zip(claimed, try enqueue(claimed.map { jobs[$0] }, in: session)) { ids[index] = id }
        }
        return ids
    }

    /// Makes those due at once that wait under these keys.
    private static func bringForward(uniqueKeys: [String], in session: PostgresSession) throws -> [String: Int64] {
        let rows = try session.query(
            """
            UPDATE sluice.jobs SET run_at = least(run_at, sluice.clock()) WHERE state = 'available' AND unique_key = ANY (\(uniqueKeys)::text[])
            RETURNING id, unique_key, pg_notify(\(channel), '')
            """, timeout: .seconds(10))
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.decode("unique_key"), try $0.decode("id")) })
    }
}
