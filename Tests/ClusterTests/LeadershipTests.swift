import Catalog
import Eventually
import Foundation
import Postgres
import Secrets
import TestDatabase
import Testing

@Suite("Of several schedulers one leads")
struct LeadershipTests {
    @Test("SIGTERM to the leader: another leads within 2 s")
    func terminated() async throws {
        try await withSchedulers { world, leader, standby in
            leader.send(SIGTERM)
            #expect(try await seconds(until: standby, leads: world) < 2)
            #expect(try await leader.exitStatus(within: .seconds(25)) == 0)
            try await expectOneLeader(world)
        }
    }

    @Test("SIGKILL to the leader: another leads within 15 s")
    func killed() async throws {
        try await withSchedulers { world, leader, standby in
            leader.send(SIGKILL)
            #expect(try await seconds(until: standby, leads: world) < 15)
            try await expectOneLeader(world)
        }
    }

    @Test("SIGSTOP of the leader: another leads within 15 s; the old one, thawed, neither leads nor polls a mapping twice")
    func frozen() async throws {
        try await withSchedulers { world, leader, standby in
            try await polls(in: world)
            leader.send(SIGSTOP)
            #expect(try await seconds(until: standby, leads: world) < 15)
            try await expectOneLeader(world)
            let thawed = try #require(try await world.text("SELECT clock_timestamp()"))
            leader.send(SIGCONT)
            try await world.reaches(
                1, "SELECT count(*) FROM sluice.workers WHERE pid = \(leader.pid) AND NOT leads AND heartbeat_at > '\(thawed)'")
            try await expectOneLeader(world)
            #expect(try await world.number("SELECT pid FROM sluice.live_workers WHERE leads") == Int(standby.pid))
            try await world.reaches(20, "SELECT count(*) FROM sluice.finished_jobs WHERE created_at > '\(thawed)'")
            #expect(try await pollsTooMany(in: world) <= 0)
            #expect(leader.isRunning)
        }
    }

    @Test("whatever ends the sessions of both, one leads afterwards, and polls go on, none doubled")
    func sessionsEnded() async throws {
        try await withSchedulers { world, leader, standby in
            try await polls(in: world)
            for _ in 0..<3 {
                try await world.terminateBackends()
                let ended = try #require(try await world.text("SELECT clock_timestamp()"))
                try await world.reaches(4, "SELECT count(*) FROM sluice.finished_jobs WHERE created_at > '\(ended)'")
            }
            try await eventually("one leads") { try await world.number("SELECT count(*) FROM sluice.live_workers WHERE leads") == 1 }
            #expect(try await pollsTooMany(in: world) <= 0)
            #expect(leader.isRunning && standby.isRunning)
        }
    }

    // MARK: - The world of two schedulers

    private func withSchedulers(_ body: (ClusterWorld, ProcessUnderTest, ProcessUnderTest) async throws -> Void) async throws {
        try await ClusterWorld.with { world in
            let leader = try world.start("sluice", ["scheduler"])
            try await eventually("the first scheduler leads") { try await self.leads(leader, world) }
            let standby = try world.start("sluice", ["scheduler"])
            try await world.reaches(2, "SELECT count(*) FROM sluice.live_workers WHERE role = 'scheduler'")
            try await expectOneLeader(world)
            try await body(world, leader, standby)
        }
    }

    private func leads(_ process: ProcessUnderTest, _ world: ClusterWorld) async throws -> Bool {
        try await world.number("SELECT count(*) FROM sluice.live_workers WHERE leads AND pid = \(process.pid)") == 1
    }

    /// How long it takes until a scheduler leads.
    private func seconds(until process: ProcessUnderTest, leads world: ClusterWorld) async throws -> Double {
        let start = ContinuousClock.now
        try await eventually("the standby leads") { try await leads(process, world) }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private func expectOneLeader(_ world: ClusterWorld) async throws {
        let leaders = try await world.number("SELECT count(*) FROM sluice.live_workers WHERE leads")
        #expect(leaders == 1)
    }

    /// Four mappings that are polled every second, by jobs that do nothing.
    private func polls(in world: ClusterWorld) async throws {
        let connection = try await CatalogStore(pool: world.pool).createConnection(
            try NewConnection(appName: "test", target: .url(world.database.url)),
            sealingKey: try SealingKey(base64: Data(repeating: 7, count: 32).base64EncodedString()))
        try await world.pool.run("UPDATE sluice.connections SET state = 'IDLE'")
        try await world.pool.run(
            """
            INSERT INTO sluice.mappings (connection_id, position, object_name, config, sf_polling_seconds, next_poll_at)
            SELECT \(connection.id), n, 'Object' || n, '{}', 1, sluice.clock() FROM generate_series(1, 4) AS n
            """)
        _ = try world.start("queue-probe", ["worker", "--kind", "poll", "--no-record", "--poll-seconds", "1"])
        try await world.reaches(8, "SELECT count(*) FROM sluice.finished_jobs WHERE kind = 'poll'")
    }

    /// How many polls of a mapping there are beyond one for each second, at most.
    private func pollsTooMany(in world: ClusterWorld) async throws -> Int {
        try await world.number(
            """
            SELECT max(surplus) FROM (
                SELECT count(*) - ceil(extract(epoch FROM max(created_at) - min(created_at)))::bigint - 1 AS surplus
                FROM sluice.all_jobs WHERE kind = 'poll' GROUP BY mapping_id
            ) AS mappings
            """)
    }
}
