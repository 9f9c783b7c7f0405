import CQueueMigrations
public import Postgres

// JobQueue: a general job queue in Postgres.
//
// Jobs are rows of `sluice.jobs`. A worker process claims a batch in one statement with FOR UPDATE SKIP LOCKED and gets a lease, a
// token and a deadline, for each; it renews all its leases in one statement. Everything said of a job afterwards (checkpoint, complete,
// retry, snooze, hand back) names the token, so a worker that was presumed dead and wakes up changes nothing. A job that ended leaves
// the hot table for `sluice.finished_jobs`. Times come from the database's clock alone (`sluice.clock()`).
//
// `JobQueue` holds the statements; `WorkerLoop` claims, runs handlers, renews, and hands back on shutdown. Neither knows what the jobs
// do, and no transaction stays open while one runs.

/// The queue's verbs, each one statement.
public struct JobQueue: Sendable {
    /// The database that holds the schema `sluice`.
    public let pool: PostgresPool
    let announcer = Announcer()

    /// A queue in the pool's database.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The tables and views of the queue. Numbers are shared with the modules above.
    public static let migrations = [
        PostgresMigration(number: 1, name: "jobs", sql: V001_jobs()),
        PostgresMigration(number: 3, name: "planes_and_limits", sql: V003_planes_and_limits()),
        PostgresMigration(number: 4, name: "schedules", sql: V004_schedules()),
        PostgresMigration(number: 5, name: "views", sql: V005_views()),
        PostgresMigration(number: 6, name: "waiting", sql: V006_waiting()),
        PostgresMigration(number: 7, name: "retried", sql: V007_retried()),
        PostgresMigration(number: 17, name: "asking", sql: V017_asking()),
        PostgresMigration(number: 19, name: "process_versions", sql: V019_process_versions()),
        PostgresMigration(number: 31, name: "workers_wanted", sql: V031_workers_wanted()),
        PostgresMigration(number: 43, name: "cancelling", sql: V043_cancelling()),
        PostgresMigration(number: 44, name: "begun", sql: V044_begun()),
        PostgresMigration(number: 47, name: "unbegun", sql: V047_unbegun()),
        PostgresMigration(number: 48, name: "sweeping", sql: V048_sweeping()),
        PostgresMigration(number: 49, name: "leased", sql: V049_leased()),
    ]

    /// The channel on which enqueueing announces itself.
    public static let channel = "sluice_jobs"

    /// The payload on that channel that says: a running job is to be cancelled.
    static let cancellation = "cancel"
    /// What an announcement says of jobs that wait again where workers may be past them.
    static let putBack = "back"
}
