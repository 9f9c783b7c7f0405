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
        PostgresMigration(number: 1, name: "jobs", bytes: PackageResources.V001_jobs_sql),
        PostgresMigration(number: 3, name: "planes_and_limits", bytes: PackageResources.V003_planes_and_limits_sql),
        PostgresMigration(number: 4, name: "schedules", bytes: PackageResources.V004_schedules_sql),
        PostgresMigration(number: 5, name: "views", bytes: PackageResources.V005_views_sql),
        PostgresMigration(number: 6, name: "waiting", bytes: PackageResources.V006_waiting_sql),
        PostgresMigration(number: 7, name: "retried", bytes: PackageResources.V007_retried_sql),
        PostgresMigration(number: 17, name: "asking", bytes: PackageResources.V017_asking_sql),
        PostgresMigration(number: 19, name: "process_versions", bytes: PackageResources.V019_process_versions_sql),
        PostgresMigration(number: 31, name: "workers_wanted", bytes: PackageResources.V031_workers_wanted_sql),
        PostgresMigration(number: 43, name: "cancelling", bytes: PackageResources.V043_cancelling_sql),
        PostgresMigration(number: 44, name: "begun", bytes: PackageResources.V044_begun_sql),
        PostgresMigration(number: 47, name: "unbegun", bytes: PackageResources.V047_unbegun_sql),
        PostgresMigration(number: 48, name: "sweeping", bytes: PackageResources.V048_sweeping_sql),
    ]

    /// The channel on which enqueueing announces itself.
    public static let channel = "sluice_jobs"

    /// The payload on that channel that says: a running job is to be cancelled.
    static let cancellation = "cancel"
    /// What an announcement says of jobs that wait again where workers may be past them.
    static let putBack = "back"
}
