import Eventually
import Foundation
import JobQueue
import Postgres
import TestDatabase
import Testing

@Suite("Every process tells its metrics")
struct MetricsTests {
    @Test("worker, scheduler and API serve them on a port of their own, the API also on its own port, as Prometheus reads them")
    func everyProcess() async throws {
        try await ClusterWorld.with { world in
            let ports = try (0..<4).map { _ in Int(try CutOffProxy.freePort()) }
            _ = try world.start("sluice", ["worker", "--concurrency", "3", "--metrics-port", "\(ports[0])"])
            _ = try world.start("sluice", ["scheduler", "--metrics-port", "\(ports[1])"])
            _ = try world.start("sluice", ["api", "--port", "\(ports[2])", "--host", "127.0.0.1", "--metrics-port", "\(ports[3])"])
            try await world.reaches(3, "SELECT count(*) FROM sluice.live_workers")
            try await world.pool.run(
                "INSERT INTO sluice.jobs (kind, args) VALUES ('poll', '{}'), ('poll', '[]'), ('later', '{}'), ('\"odd\"\\', '{}')")
            try await world.pool.run(
                "INSERT INTO sluice.jobs (kind, run_at) SELECT 'later', now() + interval '1 h' FROM generate_series(1, 5)")
            try await world.reaches(2, "SELECT count(*) FROM sluice.finished_jobs WHERE kind = 'poll'")
            for port in ports {
                try await eventually("the depth is told on port \(port)") {
                    guard let page = try await look(port) else { return false }
                    return page[#"sluice_queue_jobs{kind="later",state="ready"}"#] == 1
                        && page[#"sluice_queue_jobs{kind="later",state="scheduled"}"#] == 5
                        && page[#"sluice_queue_jobs{kind="\"odd\"\\",state="ready"}"#] == 1 && page["sluice_database_up"] == 1
                        && page[#"sluice_processes{role="worker"}"#] == 1 && page["sluice_cluster_slots"] == 3
                        && page["sluice_cluster_leaders"] == 1
                }
                let page = try #require(try await look(port))
                #expect(try #require(page[#"sluice_queue_oldest_ready_seconds{kind="later"}"#]) > 0)
                for name in ["process_resident_memory_bytes", "sluice_jobs_table_bytes"] {
                    #expect(try #require(page[name]) > 0, "\(name)")
                }
                for name in [
                    "sluice_jobs_table_dead_rows", "sluice_database_longest_transaction_seconds", "sluice_queue_failed_jobs",
                    "sluice_database_oldest_snapshot_transactions",
                ] {
                    #expect(page[name] != nil, "\(name)")
                }
            }
            let worker = try #require(try await look(ports[0]))
            #expect(worker["sluice_worker_slots"] == 3)
            #expect(worker["sluice_worker_slots_used"] == 0)
            #expect(worker["sluice_listeners_connected"] == 1)
            #expect(worker[#"sluice_jobs_completed_total{kind="poll"}"#] == 1)
            #expect(worker[#"sluice_jobs_failed_total{kind="poll"}"#] == 1)
            #expect(worker[#"sluice_job_run_seconds_count{kind="poll"}"#] == 2)
            #expect(worker[#"sluice_job_wait_seconds_count{kind="poll"}"#] == 2)
            #expect(try #require(worker["sluice_claim_seconds_count"]) > 0)
            let scheduler = try #require(try await look(ports[1]))
            #expect(scheduler["sluice_scheduler_leads"] == 1)
            #expect(try #require(scheduler["sluice_scheduler_look_seconds_count"]) > 0)
        }
    }

    @Test("without the database a process tells that, and goes on telling what it counted itself")
    func outage() async throws {
        try await ClusterWorld.with { world in
            let proxy = try world.proxy()
            try proxy.open()
            let port = Int(try CutOffProxy.freePort())
            let worker = try world.start(
                "sluice", ["worker", "--metrics-port", "\(port)"], ["DATABASE_URL": try world.url(through: proxy)])
            try await eventually("metrics are told") { try await look(port)?["sluice_database_up"] == 1 }
            proxy.close()
            try await eventually("the outage is told") {
                let page = try await look(port)
                return page?["sluice_database_up"] == 0 && page?["sluice_listeners_connected"] == 0
                    && page?["process_cpu_seconds_total"] != nil
            }
            try proxy.open()
            try await eventually("its end is told") {
                let page = try await look(port)
                return page?["sluice_database_up"] == 1 && page?["sluice_listeners_connected"] == 1
            }
            #expect(worker.isRunning)
        }
    }

    @Test("with a token set, only those who show it may look")
    func token() async throws {
        try await ClusterWorld.with { world in
            let port = Int(try CutOffProxy.freePort())
            _ = try world.start("sluice", ["scheduler", "--metrics-port", "\(port)"], ["SLUICE_METRICS_TOKEN": "let me in"])
            try await eventually("it answers") { try await MetricsPage.fetch(port: port) != nil }
            #expect(try await MetricsPage.fetch(port: port)?.status == 401)
            #expect(try await MetricsPage.fetch(port: port, token: "let me")?.status == 401)
            #expect(try await MetricsPage.fetch(port: port, token: "let me in")?.status == 200)
        }
    }

    @Test("a port that is taken ends the process with an error that names it")
    func portTaken() async throws {
        try await ClusterWorld.with { world in
            let port = Int(try CutOffProxy.freePort())
            _ = try world.start("sluice", ["scheduler", "--metrics-port", "\(port)", "--metrics-host", "127.0.0.1"])
            try await eventually("it answers") { try await MetricsPage.fetch(port: port) != nil }
            let second = try world.start("sluice", ["worker", "--metrics-port", "\(port)", "--metrics-host", "127.0.0.1"])
            #expect(try await second.exitStatus() != 0)
            #expect(second.errors.contains("\(port)"), "\(second.errors)")
        }
    }

    private func look(_ port: Int) async throws -> MetricsPage? {
        guard let (status, text) = try await MetricsPage.fetch(port: port), status == 200 else { return nil }
        do {
            return try MetricsPage(text)
        } catch {
            throw ProcessError(description: "\(error) in\n\(text)")
        }
    }
}
