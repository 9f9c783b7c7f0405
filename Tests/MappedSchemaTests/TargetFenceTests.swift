import Eventually
import MappedSchema
import Postgres
import TestDatabase
import Testing

@testable import JobQueue

@Suite("Leases on a target that is not the control database")
struct TargetFenceTests {
    private func withTarget(
        _ body: @Sendable (_ control: PostgresPool, _ target: PostgresPool, _ worker: @Sendable () -> TargetDatabase) async throws -> Void
    ) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations) { control in
            try await TestDatabase.with { database in
                let (pool, target) = (control.pool(size: 4), database.pool(size: 6))
                try await target.run("CREATE TABLE public.done (worker text)")
                try await body(pool, target) {
                    TargetDatabase(pool: target, isControlDatabase: false, queue: JobQueue(pool: pool), lane: "write:1")
                }
            }
        }
    }

    /// Has another worker claim the job.
    private func claim(_ job: Int64, token: Int64, _ control: PostgresPool) async throws -> Lease {
        try await control.run(
            "UPDATE sluice.jobs SET state = 'running', worker = 'w', lease_token = \(token), lease_expires_at = now() + interval '1 hour' WHERE id = \(job)"
        )
        return Lease(jobID: job, token: token)
    }

    @Test("a worker that lost its lease commits nothing more, and the next one goes on")
    func lost() async throws {
        try await withTarget { control, target, worker in
            let job = try await JobQueue(pool: control).enqueue([try NewJob(kind: "test")])[0]!
            let (first, second) = (worker(), worker())
            let old = try await claim(job, token: 1, control)
            try await first.transaction(under: old) { _ = try $0.run("INSERT INTO public.done VALUES ('first')") }
            let new = try await claim(job, token: 2, control)
            try await second.transaction(under: new) { _ = try $0.run("INSERT INTO public.done VALUES ('second')") }
            await #expect(throws: LeaseLost.self) {
                try await first.transaction(under: old) { _ = try $0.run("INSERT INTO public.done VALUES ('late')") }
            }
            try await second.transaction(under: new) { _ = try $0.run("INSERT INTO public.done VALUES ('second')") }
            #expect(try await target.query("SELECT FROM public.done").count == 3)
        }
    }

    @Test("the next worker begins when the transaction has ended that the last one had under way")
    func underWay() async throws {
        try await withTarget { control, target, worker in
            let job = try await JobQueue(pool: control).enqueue([try NewJob(kind: "test")])[0]!
            let (first, second) = (worker(), worker())
            let old = try await claim(job, token: 1, control)
            let slow = Task {
                try await first.transaction(under: old) { session in
                    try session.run("INSERT INTO public.done VALUES ('first')")
                    try session.script(
                        """
                        DO $$
                        BEGIN
                            FOR i IN 1..1200 LOOP
                                IF EXISTS (SELECT FROM pg_class WHERE relname = 'opened') THEN RETURN; END IF;
                                PERFORM pg_sleep(0.05);
                            END LOOP;
                            RAISE 'nobody opened';
                        END $$
                        """)
                }
            }
            try await eventually("the first is under way") {
                try await !target.query("SELECT FROM pg_locks WHERE relation = 'public.done'::regclass AND granted").isEmpty
            }
            let new = try await claim(job, token: 2, control)
            let next = Task {
                try await second.transaction(under: new) { session in
                    try session.query("SELECT FROM public.done").count
                }
            }
            try await eventually("the second waits for it") {
                try await !target.query(
                    "SELECT FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 AND datname = current_database()"
                )
                .isEmpty
            }
            try await target.run("CREATE TABLE public.opened ()")
            try await slow.value
            #expect(try await next.value == 1)
        }
    }
}
