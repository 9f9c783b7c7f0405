import Foundation
import Postgres
import TestDatabase
import Testing

@Suite("Jobs that a worker cannot read")
struct BadInputTests {
    /// Arguments, and what the error of their job must name.
    static let faults = [
        (#"[]"#, ["expected a JSON object", "[]"]), (#""prune""#, ["expected a JSON object"]), (#"{}"#, ["task: missing"]),
        (#"{"task": 5}"#, ["task: expected String"]), (#"{"task": null}"#, ["task", "null"]),
        (#"{"task": "nothing"}"#, ["task", "nothing"]),
        (#"{"task": "prune", "version": 7}"#, ["version 7", "version 1"]),
        (#"{"task": "prune", "version": "new"}"#, ["version: expected Int"]),
    ]

    @Test("malformed arguments, and those of a newer version, fail their job with an error that says what is wrong; the worker lives on")
    func arguments() async throws {
        try await ClusterWorld.with { world in
            let worker = try world.start("sluice", ["worker"])
            for (args, _) in Self.faults {
                try await world.pool.run("INSERT INTO sluice.jobs (kind, args) VALUES ('housekeeping', \(args)::jsonb)")
            }
            try await world.reaches(Self.faults.count, "SELECT count(*) FROM sluice.failed_jobs")
            for (args, named) in Self.faults {
                let row = try await world.pool.query(
                    "SELECT last_error, attempt FROM sluice.failed_jobs WHERE args = \(args)::jsonb")[0]
                let error: String = try row.decode("last_error")
                #expect(named.allSatisfy(error.contains) && error.contains("housekeeping"), "\(args): \(error)")
                #expect(try row.decode("attempt", as: Int.self) == 1)
            }
            try await world.pool.run(
                "INSERT INTO sluice.jobs (kind, args) VALUES ('housekeeping', '{\"task\": \"prune\", \"version\": 1}')")
            try await world.reaches(1, "SELECT count(*) FROM sluice.finished_jobs WHERE state = 'completed'")
            #expect(worker.isRunning)
        }
    }

    @Test("a kind that no worker knows is not claimed, and runs once there is a worker that knows it")
    func unknownKind() async throws {
        try await ClusterWorld.with { world in
            let old = try world.start("sluice", ["worker"])
            try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers")
            try await world.pool.run("INSERT INTO sluice.jobs (kind, priority) VALUES ('probe', 0)")
            try await world.pool.run("INSERT INTO sluice.jobs (kind, args) VALUES ('housekeeping', '{\"task\": \"prune\"}')")
            try await world.reaches(1, "SELECT count(*) FROM sluice.finished_jobs WHERE kind = 'housekeeping'")
            #expect(
                try await world.number("SELECT count(*) FROM sluice.jobs WHERE kind = 'probe' AND attempt = 0 AND state = 'available'") == 1
            )
            _ = try world.startProbe()
            try await world.reaches(1, "SELECT count(*) FROM sluice.finished_jobs WHERE kind = 'probe' AND state = 'completed'")
            #expect(old.isRunning)
        }
    }

    @Test(
        "the command line refuses what cannot be a job, and says what was expected",
        arguments: [
            (["enqueue", "bogus", "--connection", "c"], ["bogus", "poll", "reload", "write"]),
            (["enqueue", "poll", "--connection", "c"], ["--object"]),
            (["enqueue", "poll", "--connection", "nobody", "--object", "Account"], ["nobody"]),
            (["list", "--state", "odd"], ["odd", "available"]), (["list", "--limit", "0"], ["--limit"]), (["show", "17"], ["17"]),
            (["show", "x"], ["x"]), (["retry", "17"], ["17"]), (["cancel", "17"], ["17"]),
        ])
    func commandLine(_ arguments: [String], _ named: [String]) async throws {
        try await ClusterWorld.with { world in
            let command = try world.start("sluice", ["job"] + arguments)
            #expect(try await command.exitStatus() != 0)
            #expect(named.allSatisfy(command.errors.contains), "\(command.errors)")
        }
    }
}
