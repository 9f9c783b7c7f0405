public import Postgres

extension JobQueue {
    /// Enqueues jobs; of one whose unique key waits already, that one is brought forward, whatever it waits for. For what people ask for.
    ///
    /// - Parameter joiningBegun: whether a job will do that has begun and waits between its steps. It may have behind it what the request is about.
    /// - Returns: the jobs that do it, new or not, in the order of `jobs`; nil for one that a worker claimed, and whose key was taken again, in
    ///   the same instant.
    /// - Throws: `PostgresError`.
    public static func enqueueOrBringForward(_ jobs: [NewJob], joiningBegun: Bool = true, in session: PostgresSession) throws -> [Int64?] {
        var ids = [Int64?](repeating: nil, count: jobs.count)
        var open = Array(jobs.indices)
        // A worker may claim what waits, or put back what has begun, between any two of these statements.
        for _ in 0..<3 where !open.isEmpty {
            let keys = open.compactMap { jobs[$0].uniqueKey }
            if !joiningBegun { try session.run("SELECT sluice.release_begun_job(key) FROM unnest(\(keys)::text[]) AS key") }
            for (index, id) in zip(open, try enqueue(open.map { jobs[$0] }, in: session)) { ids[index] = id }
            open = open.filter { ids[$0] == nil && jobs[$0].uniqueKey != nil }
            guard !open.isEmpty else { break }
            let forward = try bringForward(uniqueKeys: open.compactMap { jobs[$0].uniqueKey }, begun: joiningBegun, in: session)
            for index in open { ids[index] = jobs[index].uniqueKey.flatMap { forward[$0] } }
            open = open.filter { ids[$0] == nil }
        }
        return ids
    }

    /// Makes those due at once that wait under these keys, with those that have begun or without them.
    private static func bringForward(uniqueKeys: [String], begun: Bool, in session: PostgresSession) throws -> [String: Int64] {
        let rows = try session.query(
            """
            UPDATE sluice.jobs SET run_at = least(run_at, sluice.clock())
            WHERE state = 'available' AND unique_key = ANY (\(uniqueKeys)::text[]) AND (\(begun) OR progress IS NULL)
            RETURNING id, unique_key, pg_notify(\(channel), '')
            """, timeout: .seconds(10))
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.decode("unique_key"), try $0.decode("id")) })
    }
}
