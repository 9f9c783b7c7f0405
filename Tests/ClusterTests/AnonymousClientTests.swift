import Eventually
import Foundation
import Glibc
import Postgres
import Synchronization
import Testing

@Suite("Anonymous clients and a process")
struct AnonymousClientTests {
    /// Connections that stay open until they are closed; nothing is read from them.
    final class Crowd: Sendable {
        private let descriptors = Mutex<[Int32]>([])

        func join(_ port: Int, sending text: String = "", count: Int = 1) throws {
            for _ in 0..<count {
                let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = in_port_t(UInt16(port)).bigEndian
                address.sin_addr.s_addr = inet_addr("127.0.0.1")
                let connected = withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                guard connected == 0 else { throw ProcessError(description: "connect: errno \(errno)") }
                descriptors.withLock { $0.append(descriptor) }
                if !text.isEmpty { send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }
            }
        }

        func leave() {
            descriptors.withLock { descriptors in
                for descriptor in descriptors { close(descriptor) }
                descriptors = []
            }
        }

        deinit { leave() }
    }

    private static func api(_ world: ClusterWorld, _ changes: [String: String?] = [:]) async throws -> (ProcessUnderTest, HealthCheck) {
        let api = try world.start("sluice", ["api", "--host", "127.0.0.1", "--port", "0"], changes)
        try await api.says("listening on")
        let port = try #require(api.errors.firstMatch(of: #/listening on 127\.0\.0\.1:(\d+)/#).flatMap { Int($0.output.1) })
        let health = HealthCheck(port: port)
        try await eventually { await health.status() == 200 }
        return (api, health)
    }

    private static let slowLogin = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\ntoken="

    @Test("SIGTERM ends the API within five seconds, whatever its clients do")
    func drain() async throws {
        try await ClusterWorld.with { world in
            let (api, health) = try await Self.api(world)
            let crowd = Crowd()
            try crowd.join(health.port, count: 20)
            try crowd.join(health.port, sending: Self.slowLogin, count: 20)
            try crowd.join(health.port, sending: "GET / HTTP/1.1\r\nHo", count: 20)
            api.send(SIGTERM)
            #expect(try await api.exitStatus(within: .seconds(5)) == 0)
        }
    }

    @Test("a request that waits for the database is called off")
    func hangingRequest() async throws {
        try await ClusterWorld.with { world in
            let (api, health) = try await Self.api(world)
            let crowd = Crowd()
            // Whoever asks for connections looks at the token first.
            try await world.pool.transaction { session in
                try session.run("LOCK TABLE sluice.api_tokens")
                try crowd.join(
                    health.port, sending: "GET /api/v3/connections HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n", count: 3)
                while try session.query("SELECT FROM pg_locks WHERE NOT granted").count < 3 {}
                api.send(SIGTERM)
                let deadline = ContinuousClock.now + .seconds(5)
                while api.isRunning, ContinuousClock.now < deadline { usleep(10_000) }
                #expect(!api.isRunning)
            }
        }
    }

    @Test("at the limit of descriptors the process waits without spinning, says so, and goes on")
    func descriptors() async throws {
        try await ClusterWorld.with { world in
            let (api, health) = try await Self.api(world)
            let limit = try Self.descriptors(of: api.pid) + 6
            try Self.limitDescriptors(of: api.pid, to: limit)
            let crowd = Crowd()
            try crowd.join(health.port, count: 60)
            try await api.says("Connections cannot be accepted for now")
            let before = try Self.processorTicks(of: api.pid)
            // Two seconds by the process's own clock of heartbeats would be longer: the measure is what it used meanwhile.
            let start = ContinuousClock.now
            try await eventually { ContinuousClock.now - start > .seconds(2) }
            let used = try Self.processorTicks(of: api.pid) - before
            #expect(used < 60, "\(used) hundredths of a second in two seconds")
            #expect(api.errors.matches(of: #/cannot be accepted for now/#).count == 1)
            crowd.leave()
            try await eventually { await health.status() == 200 }
        }
    }

    @Test("a thousand idle and six hundred slow connections keep nobody out")
    func crowd() async throws {
        try await ClusterWorld.with { world in
            let (api, health) = try await Self.api(world, ["SLUICE_MAX_CONNECTIONS": "200"])
            let crowd = Crowd()
            try crowd.join(health.port, count: 300)
            try crowd.join(health.port, sending: Self.slowLogin, count: 200)
            for _ in 0..<5 { #expect(await health.status() == 200) }
            #expect(try Self.descriptors(of: api.pid) < 320)
        }
    }

    @Test("a number of connections that is none ends the process with status 78", arguments: ["0", "-1", "many", "100001"])
    func badNumber(_ text: String) async throws {
        try await ClusterWorld.with { world in
            let api = try world.start("sluice", ["api", "--port", "0"], ["SLUICE_MAX_CONNECTIONS": text])
            #expect(try await api.exitStatus() == 78)
            #expect(api.errors.contains("SLUICE_MAX_CONNECTIONS is malformed"), "\(api.errors)")
        }
    }

    @Test("bodies that a login does not take are not held in memory")
    func memory() async throws {
        try await ClusterWorld.with { world in
            let (api, health) = try await Self.api(world)
            let before = try Self.residentBytes(of: api.pid)
            let crowd = Crowd()
            let chunk = String(repeating: "a", count: 256 << 10)
            try crowd.join(
                health.port, sending: "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 19922944\r\n\r\n\(chunk)", count: 60)
            try await eventually { await health.status() == 200 }
            #expect(try Self.residentBytes(of: api.pid) - before < 50 << 20)
        }
    }

    @Test("the metrics of a worker are as well defended")
    func metrics() async throws {
        try await ClusterWorld.with { world in
            let worker = try world.start("sluice", ["worker", "--metrics-port", "0", "--metrics-host", "127.0.0.1"])
            try await worker.says("Serving metrics")
            let port = try #require(worker.errors.firstMatch(of: #/port=(\d+)/#).flatMap { Int($0.output.1) })
            let crowd = Crowd()
            try crowd.join(port, count: 200)
            try crowd.join(port, sending: "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\na", count: 50)
            let health = HealthCheck(port: port)
            #expect(await health.status() == 200)
            worker.send(SIGTERM)
            #expect(try await worker.exitStatus(within: .seconds(8)) == 0)
        }
    }

    private static func descriptors(of pid: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    private static func limitDescriptors(of pid: Int32, to count: Int) throws {
        let prlimit = try Process.run(URL(filePath: "/usr/bin/prlimit"), arguments: ["--pid", "\(pid)", "--nofile=\(count):\(count)"])
        prlimit.waitUntilExit()
        guard prlimit.terminationStatus == 0 else { throw ProcessError(description: "prlimit ended with \(prlimit.terminationStatus)") }
    }

    /// Hundredths of a second of processor time.
    private static func processorTicks(of pid: Int32) throws -> Int {
        let fields =
            try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).split(separator: ") ").last?.split(separator: " ") ?? []
        return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
    }

    private static func residentBytes(of pid: Int32) throws -> Int {
        let pages = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8).split(separator: " ")[1]
        return (Int(pages) ?? 0) * 4096
    }
}
