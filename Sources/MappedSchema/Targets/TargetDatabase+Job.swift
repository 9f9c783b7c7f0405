public import Foundation
public import JobQueue
public import Postgres

// What a job's last statements need.
extension TargetDatabase {
    /// The target's clock, by which changes of its rows are stamped.
    ///
    /// - Throws: `PostgresError`.
    public func now() async throws -> Date {
        try await pool.query(.prepared("SELECT clock_timestamp() AS now"))[0].decode("now")
    }

    /// Runs `body` in a transaction that is not captured and with which the job ends: its rows and its end are there together, or neither is. Only
    /// for a target that is the control database.
    ///
    /// - Parameter body: does the work, and says what came of it, for people.
    /// - Throws: `LeaseLost`; what `body` threw; `PostgresError`.
    public func transaction(ending lease: Lease, _ body: @Sendable (PostgresSession) throws -> String) async throws -> String {
        try await pool.transaction { session in
            try session.run("SET LOCAL xmlbinary TO 'hex'")
            let outcome = try body(session)
            try JobQueue.end(lease, outcome: outcome, in: session)
            return outcome
        }
    }
}
