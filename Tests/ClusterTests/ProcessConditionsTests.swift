import Eventually
import Foundation
import TestDatabase
import Testing

@Suite("A process gets along with the system as it finds it")
struct ProcessConditionsTests {
    static let processes = [["worker"], ["scheduler"], ["api", "--port", "0", "--host", "127.0.0.1"]]

    @Test("SIGHUP and SIGPIPE end no process; SIGTERM does, in order", arguments: processes)
    func signals(_ command: [String]) async throws {
        try await ClusterWorld.with { world in
            let process = try world.start("sluice", command)
            try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers")
            let beat = "SELECT extract(epoch FROM max(heartbeat_at)) * 1000 FROM sluice.workers"
            let before = try await world.number(beat)
            for signal in [SIGHUP, SIGPIPE] { process.send(signal) }
            try await world.reaches(before + 1, beat)
            process.send(SIGTERM)
            #expect(try await process.exitStatus() == 0)
        }
    }

    @Test("a process whose output nobody reads any more goes on, and one that was started without any", arguments: processes)
    func output(_ command: [String]) async throws {
        for redirection in ["2>&1 | head -c 1 >/dev/null", "<&- >&- 2>&-"] {
            try await ClusterWorld.with { world in
                // A probe that a shell started: its own output is gone, the process' id is told through a file.
                let shell = try world.start(
                    "/bin/bash", ["-c", "\"$SLUICE_BIN_DIR\"/sluice \"$@\" \(redirection)", "sh"] + command, ["LOG_LEVEL": "trace"])
                try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers")
                let beat = "SELECT extract(epoch FROM max(heartbeat_at)) * 1000 FROM sluice.workers"
                try await world.reaches(try await world.number(beat) + 1, beat)
                let pid = Int32(try await world.number("SELECT pid FROM sluice.workers"))
                kill(pid, SIGTERM)
                _ = try await shell.exitStatus()
                #expect(try await world.number("SELECT count(*) FROM sluice.workers") == 0)
            }
        }
    }

    @Test("a soft limit of open files is raised; one that cannot be raised enough ends every process with 78 and a line that names it")
    func openFiles() async throws {
        try await ClusterWorld.with { world in
            for command in ["worker", "scheduler", "api", "migrate", "status", "connection list"] {
                let process = try Self.limited("ulimit -n 32", command, in: world)
                #expect(try await process.exitStatus() == 78, "\(command)")
                #expect(process.errors.split(separator: "\n").count == 1, "\(process.errors)")
                #expect(process.errors.contains("open files (ulimit -n) is 32"), "\(process.errors)")
            }
            let many = try Self.limited("ulimit -n 128", "worker --concurrency 64", in: world)
            #expect(try await many.exitStatus() == 78)
            #expect(many.errors.contains("--concurrency 64"), "\(many.errors)")
            for command in ["worker --concurrency 64", "scheduler", "api --port 0 --host 127.0.0.1"] {
                let process = try Self.limited("ulimit -Sn 32", command, in: world)
                let role = command.split(separator: " ")[0]
                try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers WHERE role = '\(role)'")
                #expect(process.isRunning)
            }
        }
    }

    private static func limited(_ limit: String, _ command: String, in world: ClusterWorld) throws -> ProcessUnderTest {
        try world.start("/bin/bash", ["-c", "\(limit) && exec \"$SLUICE_BIN_DIR\"/sluice \(command)"])
    }

    @Test("SIGTERM ends a process that inherited it ignored", arguments: processes)
    func ignored(_ command: [String]) async throws {
        try await ClusterWorld.with { world in
            let process = try world.start(
                "/bin/bash", ["-c", "trap '' TERM INT HUP; exec \"$SLUICE_BIN_DIR\"/sluice \"$@\"", "sh"] + command)
            try await world.reaches(1, "SELECT count(*) FROM sluice.live_workers")
            process.send(SIGTERM)
            #expect(try await process.exitStatus() == 0)
        }
    }

    @Test("the sandbox org keeps to the same")
    func sandboxOrg() async throws {
        try await ClusterWorld.with(migrated: false) { world in
            let short = try world.start("/bin/bash", ["-c", "ulimit -n 32 && exec \"$SLUICE_BIN_DIR\"/sandbox-org serve --port 0"])
            #expect(try await short.exitStatus() == 78)
            #expect(short.errors.contains("open files (ulimit -n) is 32"), "\(short.errors)")
            let org = try world.start("sandbox-org", ["serve", "--port", "0"])
            try await eventually { org.output.contains("instance_url") }
            for signal in [SIGHUP, SIGPIPE] { org.send(signal) }
            org.send(SIGTERM)
            #expect(try await org.exitStatus() == 0)
        }
    }
}
