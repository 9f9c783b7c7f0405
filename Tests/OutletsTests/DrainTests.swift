import Catalog
import Eventually
import Foundation
import HTTPTransport
import Outlets
import Postgres
import RawHTTPServer
import SandboxOrg
import Synchronization
import Testing

@Suite("Log drains")
struct DrainTests {
    /// Takes octet-counted frames apart.
    private static func lines(_ bytes: [UInt8]) throws -> [String] {
        var lines: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let space = try #require(rest.firstIndex(of: UInt8(ascii: " ")))
            let count = try #require(Int(String(decoding: rest[..<space], as: UTF8.self)))
            let end = rest.index(after: space) + count
            lines.append(String(decoding: rest[rest.index(after: space)..<end], as: UTF8.self))
            rest = rest[end...]
        }
        return lines
    }

    @Test("lines go to an address of HTTPS as Heroku's drains send them, in Heroku Connect's words, in batches and in order")
    func https() async throws {
        let seen = Mutex<[RawRequest]>([])
        let server = try RawHTTPServer(answering: { request in
            seen.withLock { $0.append(request) }
            return RawAnswer(204)
        })
        defer { server.stop() }
        try await OutletWorld.with { world in
            let (outlet, _) = try await world.outlet(.drain, "\(server.url)/logs", level: .info)
            let config = try MappingConfig(json: #"{"fields":{"Id":{}}}"#)
            let (account, _) = try await world.store.upsertMapping(world.connection.id, objectName: "Account", config: config)
            try await world.store.event(
                .info, connection: world.connection.id, mapping: account.id, type: .read, "RELOAD \"TABLE\" account\nnext")
            try await world.store.event(.debug, connection: world.connection.id, "too quiet")
            try await world.store.event(.error, connection: world.connection.id, "no database")
            #expect(try await world.deliver() == ["2 delivered"])
            let request = try #require(seen.withLock { $0.first })
            #expect(request.header("content-type") == "application/logplex-1")
            #expect(request.header("logplex-msg-count") == "2")
            #expect(request.header("logplex-drain-token") == outlet.drainToken)
            #expect(request.header("logplex-frame-id")?.isEmpty == false)
            let lines = try Self.lines(request.body)
            let id = world.connection.id.uuidString.lowercased()
            let mapping = account.id.uuidString.lowercased()
            #expect(lines[0].hasPrefix("<134>1 20"))
            #expect(lines[0].contains("+00:00 \(outlet.drainToken ?? "?") app herokuconnect - - "))
            #expect(
                lines[0].hasSuffix(
                    #"event="RELOAD \"TABLE\" account next" addon_id=\#(id) object_type=mapping object_id=\#(mapping) state=INITIAL level=info"#
                ))
            #expect(lines[1].hasPrefix("<131>1 "))
            #expect(lines[1].hasSuffix("event=\"no database\" addon_id=\(id) object_type=sync object_id=\(id) state=IDLE level=error"))
            for n in 0..<1200 { try await world.store.event(.info, connection: world.connection.id, "line \(n)") }
            #expect(try await world.deliver() == ["1200 delivered"])
            let batches = seen.withLock { $0.dropFirst() }
            #expect(batches.compactMap { $0.header("logplex-msg-count") } == ["500", "500", "200"])
            let all = try batches.flatMap { try Self.lines($0.body) }
            #expect(all.enumerated().allSatisfy { $1.contains("event=\"line \($0)\"") })
            #expect(try await world.pool.query("SELECT FROM sluice.deliveries").isEmpty)
        }
    }

    @Test("lines go to syslog with their lengths before them, and what was not taken comes again")
    func syslog() async throws {
        let taken = Mutex<[UInt8]>([])
        let refuses = Mutex(true)
        let readers = Mutex(0)
        let server = try RawHTTPServer { connection in
            if refuses.withLock({ $0 }) { return connection.resetOnClose() }
            readers.withLock { $0 += 1 }
            while let byte = try? connection.read(1) { taken.withLock { $0 += byte } }
            readers.withLock { $0 -= 1 }
        }
        defer { server.stop() }
        try await OutletWorld.with { world in
            let (outlet, _) = try await world.outlet(.drain, "syslog://127.0.0.1:\(server.port)")
            // So many that some are sent when the reset comes, and others not.
            for n in 0..<400 {
                try await world.store.event(.warning, connection: world.connection.id, "line \(n) " + String(repeating: "x", count: 1900))
            }
            _ = try await world.deliver()
            refuses.withLock { $0 = false }
            try await world.pool.run("UPDATE sluice.outlets SET next_attempt_at = NULL")
            _ = try await world.deliver()
            #expect(try await world.store.outlet(outlet.id)?.waiting == 0)
            try await eventually("everything was read") {
                readers.withLock { $0 == 0 } && String(decoding: taken.withLock { $0 }, as: UTF8.self).contains("\"line 399 ")
            }
            let lines = try Self.lines(taken.withLock { $0 })
            try #require(lines.count == 400)
            #expect(lines[7].contains("event=\"line 7 "))
        }
    }

    @Test("syslog over TLS is spoken to whom the authority vouches for, and to nobody else")
    func tls() async throws {
        var options = SandboxOptions()
        options.rows = [:]
        options.tlsPort = 0
        let server = try await SandboxServer.start(options)
        do {
            let url = try #require(server.httpsURL).replacing("https://", with: "syslog+tls://")
            let networks = ["127.0.0.0/8", "::1"].compactMap { Network($0) }
            let cases: [(String?, String)] = [(server.authorityPath, "1 delivered"), (nil, "tls:")]
            for (caFile, outcome) in cases {
                let configuration = OutletConfiguration(addresses: AddressPolicy(allowed: networks), caFile: caFile)
                try await OutletWorld.with(configuration: configuration) { world in
                    _ = try await world.outlet(.drain, url)
                    try await world.store.event(.info, connection: world.connection.id, "over TLS")
                    let outcomes = try await world.deliver()
                    #expect(outcomes[0].contains(outcome), "\(outcomes)")
                }
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}
