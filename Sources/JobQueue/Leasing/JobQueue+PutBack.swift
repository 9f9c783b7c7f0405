import Postgres

extension JobQueue {
    /// Whether another job already waits under the unique key of `j`: then `j` goes back to waiting without the key.
    static let anotherWaits: PostgresQuery =
        "EXISTS (SELECT FROM sluice.jobs w WHERE w.state = 'available' AND w.unique_key = j.unique_key AND w.id <> j.id)"

    /// Runs a statement that makes running jobs wait again. It does not see a job under the same unique key that is being enqueued meanwhile: it
    /// waits for that transaction's end at the index, and fails; the next look sees the other job.
    ///
    /// - Throws: what the statement throws.
    func puttingBack<Value>(_ statement: () async throws -> Value) async throws -> Value {
        for _ in 0..<5 {
            do {
                return try await statement()
            } catch let error as PostgresError where error.sqlState == PostgresError.uniqueViolation {}
        }
        return try await statement()
    }
}
