import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import SyncJournal
import Synchronization
import TestDatabase
import Testing

@testable import API

@Suite("Logs")
struct LogTests {
    @Test("a page names the next, and filters by object, type, level and text stay with it")
    func pages() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let account = try await server.mapping(connection)
            let path = "/api/v3/connections/\(connection.id.text)/logs"
            for n in 1...5 {
                try await server.store.event(
                    .info, connection: connection.id, mapping: account.id, job: 7, type: .read, "Polling found \(n)")
            }
            try await server.store.event(.error, connection: connection.id, type: .write, "noise")
            #expect(try await server.get("\(path)?mapping=Nothing").status == 404)
            let first = try await server.get("\(path)?mapping=account&level=info&type=read&text=found%20&limit=3").json
            #expect(first["results"]?.elements?.map { $0["message"]?.string } == ["Polling found 5", "Polling found 4", "Polling found 3"])
            let line = try #require(first["results"]?.elements?.first)
            #expect(line.keys == ["id", "created_at", "level", "type", "mapping", "job", "row", "message"])
            #expect(line["mapping"]?["object_name"] == "Account")
            #expect(line["job"]?["id"] == 7)
            let next = try #require(first["next"]?.string)
            let second = try await server.get(next).json
            #expect(second["results"]?.elements?.map { $0["message"]?.string } == ["Polling found 2", "Polling found 1"])
            #expect(second["next"] == .null)
            #expect(second["complete"] == true)
        }
    }

    @Test(
        "words with spaces are found as scripts and as browsers' forms send them",
        arguments: ["two%20%2B%20words", "two+%2B+words", "%2B+words", "two+"])
    func spaces(text: String) async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            try await server.store.event(.info, connection: connection.id, "two + words")
            try await server.store.event(.info, connection: connection.id, "two   words")
            let path = "/connections/\(connection.id.text)/logs?text=\(text)"
            let found = try await server.get("/api/v3\(path)").json["results"]?.elements?.compactMap { $0["message"]?.string } ?? []
            #expect(found.contains("two + words"))
            #expect(found.contains("two   words") == !text.contains("%2B"))
            let page = try await server.send(.get, path, headers: try await server.session(server.token)).text
            #expect(page.contains(">two + words<"))
        }
    }

    @Test(
        "what a filter does not understand is refused by name",
        arguments: ["level=loud", "type=x", "level=info,", "before=x", "limit=0", "limit=1001", "since=yesterday", "before=-1"])
    func refusals(query: String) async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let answer = try await server.get("/api/v3/connections/\(connection.id.text)/logs?\(query)")
            #expect(answer.status == 400)
            #expect(answer.json["message"]?.string?.hasPrefix(String(query.prefix { $0 != "=" })) == true)
        }
    }

    @Test("who follows sees each line once, as it is written, and only what was asked for")
    func following() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let other = try await server.connection(app: "shop", schema: "other")
            let follower = try await Follower(server, "/api/v3/connections/\(connection.id.text)/logs/stream?level=error,warning")
            for n in 1...3 {
                try await server.store.event(.error, connection: connection.id, type: .write, "trouble \(n)")
                try await server.store.event(.info, connection: connection.id, "quiet \(n)")
                try await server.store.event(.error, connection: other.id, "another's")
            }
            try await eventually("the lines arrive") { follower.messages.count >= 3 }
            // A later line shows that nothing came twice or late.
            try await server.store.event(.warning, connection: connection.id, "the last")
            try await eventually("the last line arrives") { follower.messages.last == "the last" }
            #expect(follower.messages == ["trouble 1", "trouble 2", "trouble 3", "the last"])
            follower.stop()
        }
    }

    @Test("who comes again with the last line's number gets what was missed meanwhile")
    func comingAgain() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/logs/stream"
            try await server.store.event(.info, connection: connection.id, "seen")
            let seen = try await server.store.newestEvent()
            try await server.store.event(.info, connection: connection.id, "missed")
            let follower = try await Follower(server, path, headers: [.lastEventID: String(seen)])
            try await eventually("what was missed arrives") { follower.messages == ["missed"] }
            try await server.store.event(.info, connection: connection.id, "new")
            try await eventually("what is new arrives") { follower.messages == ["missed", "new"] }
            follower.stop()
            #expect(
                try await server.send(.get, path, headers: [.authorization: "Bearer \(server.token)", .lastEventID: "x"]).status == 400)
        }
    }

    @Test("a line whose number is lower but which is visible later is not missed")
    func lateCommit() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let follower = try await Follower(server, "/api/v3/connections/\(connection.id.text)/logs/stream")
            let gate = try PostgresConnection(configuration: server.database.configuration)
            _ = try await gate.withSession { try $0.run("SELECT pg_advisory_lock(7)") }
            let late = Task {
                try await server.pool.transaction { session in
                    try CatalogStore.event(.info, connection: connection.id, type: .system, "late", in: session)
                    try session.run("SELECT pg_advisory_xact_lock(7)")
                }
            }
            try await eventually("the late line has its number") {
                try await !server.pool.query(
                    """
                    SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """
                ).isEmpty
            }
            try await server.store.event(.info, connection: connection.id, "early")
            try await eventually("the visible line arrives") { follower.messages == ["early"] }
            _ = try await gate.withSession { try $0.run("SELECT pg_advisory_unlock(7)") }
            try await late.value
            try await eventually("the late line arrives") { follower.messages == ["early", "late"] }
            follower.stop()
            await gate.close()
        }
    }

    @Test("twenty who follow share one LISTEN")
    func oneListener() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            var followers: [Follower] = []
            for _ in 0..<20 { followers.append(try await Follower(server, "/api/v3/connections/\(connection.id.text)/logs/stream")) }
            try await server.store.event(.info, connection: connection.id, "to all")
            for follower in followers { try await eventually("everybody is told") { follower.messages == ["to all"] } }
            let listening: Int = try await server.pool.query(
                "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '% listener'")[0]
                .decode("n")
            #expect(listening == 1)
            for follower in followers { follower.stop() }
        }
    }
}

/// A client that follows a log.
final class Follower: Sendable {
    private let text = Mutex("")
    private let task: Mutex<Task<Void, any Error>?> = Mutex(nil)
    private let client = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))

    /// Returns when the stream has begun.
    init(_ server: Server, _ path: String, headers: HTTPFields = [:]) async throws {
        var request = TransferRequest(
            method: .get, url: "http://127.0.0.1:\(server.port)\(path)", timeouts: HTTPTimeouts(total: nil, stall: nil))
        request.headers = headers
        request.headers[.authorization] = "Bearer \(server.token)"
        let response = try await client.send(request)
        try #require(response.status == 200)
        #expect(response.headers[.contentType] == "text/event-stream; charset=utf-8")
        let reading = Task {
            for try await chunk in response.body { text.withLock { $0 += String(decoding: chunk, as: UTF8.self) } }
        }
        task.withLock { $0 = reading }
        try await eventually("the stream begins") { text.withLock { $0.contains("retry:") } }
    }

    /// The messages so far.
    var messages: [String] {
        text.withLock { $0 }.components(separatedBy: "\n\n").filter { $0.contains("event: log") }.compactMap { block in
            block.split(separator: "\n").first { $0.hasPrefix("data: ") }.flatMap {
                try? JSONValue(parsing: String($0.dropFirst(6)))["message"]?.string
            }
        }
    }

    /// How often a page was told that there is something new.
    var changes: Int { text.withLock { $0 }.components(separatedBy: "event: change").count - 1 }

    func stop() {
        task.withLock { $0?.cancel() }
        client.shutdown()
    }
}
