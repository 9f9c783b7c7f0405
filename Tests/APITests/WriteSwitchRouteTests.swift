import Catalog
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import Testing

@Suite("Switches of a connection's writes")
struct WriteSwitchRouteTests {
    @Test("mode and limit are set one by one, stay, and have the next write looked at")
    func change() async throws {
        try await Server.with { server in
            let path = "/api/v3/connections/\(try await server.connection().id.text)/writes"
            let fresh = try await server.get(path).json
            #expect(fresh["mode"] == "on" && fresh["deletes_per_hour"] == .null && fresh["dry_run"] == .null)
            let paused = try await server.send(.patch, path, body: #"{"mode":"paused"}"#)
            #expect(paused.status == 200 && paused.json["mode"] == "paused")
            let limited = try await server.send(.patch, path, body: #"{"deletes_per_hour":100.0}"#).json
            #expect(limited["mode"] == "paused" && limited["deletes_per_hour"] == 100)
            let lifted = try await server.send(.patch, path, body: #"{"mode":"on","deletes_per_hour":null}"#).json
            #expect(lifted["mode"] == "on" && lifted["deletes_per_hour"] == .null)
            let allowed = try await server.send(.post, path + "/allow-deletes")
            #expect(allowed.status == 200 && allowed.json["deletes_allowed_at"]?.string != nil)
            #expect(try await server.get(path).json == allowed.json)
        }
    }

    @Test(
        "what is no mode or no limit is refused by name",
        arguments: [
            (#"{"mode":"off"}"#, "mode: expected one of on, paused, read_only, dry_run"), (#"{"mode":7}"#, "mode: expected one of"),
            (#"{"deletes_per_hour":-1}"#, "deletes_per_hour: expected a number"), (#"{"deletes_per_hour":"many"}"#, "deletes_per_hour"),
            (#"{"deletes_per_hour":1.5}"#, "deletes_per_hour"), (#"{"mode":null}"#, "mode: expected one of"),
            (#"{"paused":true}"#, "paused: expected mode or deletes_per_hour"),
        ])
    func refused(body: String, message: String) async throws {
        try await Server.with { server in
            let path = "/api/v3/connections/\(try await server.connection().id.text)/writes"
            let answer = try await server.send(.patch, path, body: body)
            #expect(answer.status == 400)
            #expect(answer.json["message"]?.string?.hasPrefix(message) == true)
            #expect(try await server.get(path).json["mode"] == "on")
        }
    }
}
