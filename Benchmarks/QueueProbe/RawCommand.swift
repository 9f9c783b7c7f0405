import ArgumentParser
import Postgres

/// `queue-probe raw`: what plain SQL can do with a table of jobs, without leases, retries, keys or a record of what is done: the limit.
///
/// Two statements a batch, each a transaction: claim by SKIP LOCKED, and delete.
struct RawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raw", abstract: "Drains the table raw_jobs by plain SQL: the limit of any queue.",
        subcommands: [Prepare.self, Drain.self], defaultSubcommand: Drain.self)

    struct Prepare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "prepare", abstract: "Makes the table raw_jobs anew.")

        func run() async throws {
            let database = try ProbeDatabase(poolSize: 1)
            try await database.pool.waitUntilReachable()
            try await database.pool.withSession { session in
                try session.run("DROP TABLE IF EXISTS raw_jobs")
                try session.run(
                    """
                    CREATE TABLE raw_jobs (
                        id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        kind     text        NOT NULL,
                        state    text        NOT NULL DEFAULT 'available',
                        priority smallint    NOT NULL DEFAULT 100,
                        run_at   timestamptz NOT NULL DEFAULT now(),
                        worker   text,
                        args     jsonb       NOT NULL
                    )
                    """)
                try session.run("CREATE INDEX raw_jobs_claim ON raw_jobs (priority, run_at, id) WHERE state = 'available'")
            }
            await database.pool.close()
        }
    }

    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "drain", abstract: "Claims and deletes until nothing is left.")

        @Option(help: "Jobs a batch.")
        var batch = 200

        func run() async throws {
            let database = try ProbeDatabase(poolSize: 1)
            try await database.pool.waitUntilReachable()
            let batch = batch
            let tally = try await database.pool.withSession { session -> Tally in
                var tally = Tally(first: Tally.now())
                while true {
                    let rows = try session.query(
                        .prepared(
                            """
                            WITH due AS (
                                SELECT id FROM raw_jobs WHERE state = 'available' AND run_at <= now()
                                ORDER BY priority, run_at, id LIMIT \(batch) FOR UPDATE SKIP LOCKED
                            )
                            UPDATE raw_jobs j SET state = 'running', worker = 'raw' FROM due WHERE j.id = due.id
                            RETURNING j.id, j.kind, j.args
                            """))
                    guard rows.count > 0 else { return tally }
                    let ids = try rows.map { try $0.decode("id", as: Int64.self) }
                    try session.run(.prepared("DELETE FROM raw_jobs WHERE id = ANY (\(ids)::bigint[])"))
                    tally.jobs += ids.count
                    tally.last = Tally.now()
                }
            }
            try Tally.print(tally)
            await database.pool.close()
        }
    }
}
