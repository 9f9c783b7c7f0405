import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncJournal
import Testing

@Suite("Actions")
struct ActionTests {
    private static let file =
        #"{"version":1,"connection":{"app_name":""},"mappings":[{"object_name":"Contact","config":{"fields":{"Id":{},"Email":{}}}}]}"#

    @Test("an import is checked at once, shows at once, and is a job with an empty answer")
    func importing() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)"
            let answer = try await server.post("\(path)/actions/import", Self.file)
            #expect(answer.status == 202)
            #expect(answer.bytes.isEmpty)
            #expect(try await server.get(path).json["state"] == "IMPORT_CONFIGURATION")
            let location = try #require(answer.headers[.location])
            let job = try await server.get(location).json
            #expect(job["kind"] == "import")
            #expect(job["state"] == "available")
            #expect(try await server.get("\(path)/jobs").json["results"] == [job])
            #expect(try await server.get("\(path)/jobs?state=failed").json["count"] == 0)
            let args: String = try await server.pool.query("SELECT args->>'export' AS export FROM sluice.jobs")[0].decode("export")
            #expect(args == Self.file)
        }
    }

    @Test(
        "a faulty import names the fault and changes nothing",
        arguments: ["", "null", "{", "{}", #"{"mappings":[{"object_name":"A","config":{"fields":[]}}]}"#])
    func faultyImport(body: String) async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let answer = try await server.post("/api/v3/connections/\(connection.id.text)/actions/import", body)
            #expect(answer.status == 400)
            #expect(answer.json.keys == ["code", "message"])
            #expect(answer.json["message"]?.string?.contains("expected") == true)
            #expect(try await server.store.connection(connection.id)?.state == .idle)
            #expect(try await server.pool.query("SELECT FROM sluice.jobs").isEmpty)
        }
    }

    @Test("an import of several megabytes is taken, one beyond the limit is refused with a reason")
    func largeImport() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/actions/import"
            let fields = (0..<1500).map { "\"Field_\($0)__c\":{}" }.joined(separator: ",")
            let mappings = (0..<200).map { #"{"object_name":"Object_\#($0)__c","config":{"fields":{\#(fields)}}}"# }.joined(separator: ",")
            let large = #"{"version":1,"mappings":[\#(mappings)]}"#
            #expect(large.utf8.count > 5 << 20)
            #expect(try await server.post(path, large).status == 202)
            let huge = try await server.post(path, String(repeating: " ", count: 21 << 20))
            #expect(huge.status == 413)
            #expect(huge.json["code"] == "too_large")
        }
    }

    @Test("an import needs an authorized connection")
    func unauthorizedImport() async throws {
        try await Server.with { server in
            let connection = try await server.store.createConnection(
                NewConnection(appName: "shop", target: .key("X_URL")), sealingKey: server.key)
            let answer = try await server.post("/api/v3/connections/\(connection.id.text)/actions/import", Self.file)
            #expect(answer.status == 409)
            #expect(answer.json["message"]?.string?.contains("NEED_AUTHENTICATION") == true)
        }
    }

    @Test("an export gives back what was imported")
    func export() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let file = try ExportFile(parsing: Self.file)
            _ = try await server.pool.transaction { try CatalogStore.apply(file, to: connection.id, in: $0) }
            let json = try await server.get("/api/v3/connections/\(connection.id.text)/actions/export").json
            #expect(json["version"] == 1)
            #expect(json["mappings"] == [["object_name": "Contact", "config": ["fields": ["Id": [:], "Email": [:]]]]])
            #expect(json["connection"]?["app_name"] == "shop")
            #expect(json["connection"]?["exported_at"]?.string?.hasSuffix("+00:00") == true)
        }
    }

    @Test("pause, resume and restart answer 202, or 409 with the state that forbids it")
    func states() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)"
            #expect(try await server.post("\(path)/actions/resume").status == 409)
            let paused = try await server.post("\(path)/actions/pause", "null")
            #expect(paused.status == 202)
            #expect(paused.bytes.isEmpty)
            #expect(try await server.get(path).json["state"] == "PAUSED")
            let again = try await server.post("\(path)/actions/pause")
            #expect(again.status == 409)
            #expect(again.json["message"]?.string?.contains("PAUSED") == true)
            #expect(try await server.post("\(path)/actions/resume").status == 202)
            #expect(try await server.post("\(path)/actions/restart").status == 202)
            #expect(try await server.get(path).json["state"] == "IDLE")
            #expect(
                try await server.store.auditTrail(connection.id).map(\.action) == [
                    "connection.restart", "connection.resume", "connection.pause",
                ])
        }
    }

    @Test("a reload and a poll are jobs; asking twice names the one that waits")
    func mappingActions() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            let path = "/api/v3/mappings/\(mapping.id.text)"
            for (action, kind) in [("reload", "load"), ("poll", "poll")] {
                let first = try await server.post("\(path)/actions/\(action)")
                #expect(first.status == 202)
                let location = try #require(first.headers[.location])
                let job = try await server.get(location).json
                #expect(job["kind"]?.string == kind)
                #expect(job["mapping"]?["object_name"] == "Account")
                #expect(try await server.post("\(path)/actions/\(action)").headers[.location] == location)
            }
            #expect(try await server.get("/api/v3/connections/\(connection.id.text)/jobs?mapping=\(mapping.id.text)").json["count"] == 2)
            try await server.store.setConnectionState(connection.id, .paused)
            #expect(try await server.post("\(path)/actions/poll").status == 409)
            let deleted = try await server.send(.delete, path)
            #expect(deleted.status == 204)
            #expect(deleted.bytes.isEmpty)
            #expect(try await server.get(path).status == 404)
            #expect(try await server.send(.delete, path).status == 404)
            let left = try await server.get("/api/v3/connections/\(connection.id.text)/jobs").json["results"]?.elements ?? []
            // What was captured of the table ends with a write.
            #expect(left.map { $0["kind"] } == ["write", "poll", "load"])
            #expect(left.dropFirst().allSatisfy { $0["state"] == "cancelled" })
        }
    }

    @Test(
        "a poll may be asked for once a minute and a hundred times a day: 429 says when again and what is left, and so does the mapping's allowance"
    )
    func pollLimits() async throws {
        try await Server.with { server in
            let mapping = try await server.mapping(try await server.connection())
            let path = "/api/v3/mappings/\(mapping.id.text)"
            #expect(
                try await server.get("\(path)/polls").json == ["left_today": 100, "per_day": 100, "pause_seconds": 60, "next_at": .null])
            let first = try await server.post("\(path)/actions/poll")
            #expect(first.status == 202)
            let job = try #require(first.headers[.location])
            #expect(try await server.post("\(job)/actions/cancel").status == 202)
            let refused = try await server.post("\(path)/actions/poll")
            #expect(refused.status == 429 && refused.json["code"] == "rate_limited")
            #expect(refused.headers[.retryAfter].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
            #expect(refused.json["message"]?.string?.contains("99 left today") == true)
            let allowance = try await server.get("\(path)/polls").json
            #expect(allowance["left_today"] == 99 && allowance["next_at"] != .null)
            try await server.pool.run("UPDATE sluice.poll_requests SET requests = 100, last_at = last_at - interval '5 minutes'")
            let spent = try await server.get("\(path)/polls").json
            #expect(spent["left_today"] == 0 && spent["next_at"]?.string?.contains("T00:00:00") == true, "\(spent.text)")
            #expect(try await server.post("\(path)/actions/reload").status == 202)
        }
    }

    @Test("a reload and a poll bring forward what failed and waits for another attempt, and name it; so do resume and restart")
    func retries() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            let queue = JobQueue(pool: server.pool)
            for job in [try NewJob.load(mapping, reason: .reload), try .poll(mapping)] {
                let id = try #require(try await queue.enqueue([job])[0])
                func postpone() async throws {
                    try await server.pool.run(
                        "UPDATE sluice.jobs SET run_at = sluice.clock() + interval '600 seconds', attempt = 3 WHERE id = \(id)")
                }
                func isDue() async throws -> Bool {
                    try await !server.pool.query("SELECT FROM sluice.jobs WHERE id = \(id) AND run_at <= sluice.clock()").isEmpty
                }
                try await postpone()
                let action = job.kind == "load" ? "reload" : "poll"
                let answer = try await server.post("/api/v3/mappings/\(mapping.id.text)/actions/\(action)")
                #expect(answer.status == 202)
                #expect(answer.headers[.location]?.hasSuffix("/jobs/\(id)") == true)
                #expect(try await isDue())
                for actions in [["pause", "resume"], ["restart"]] {
                    try await postpone()
                    for action in actions {
                        #expect(try await server.post("/api/v3/connections/\(connection.id.text)/actions/\(action)").status == 202)
                    }
                    #expect(try await isDue(), "\(actions)")
                }
            }
        }
    }

    @Test("name, schema and database are changed by PATCH, also by clients that can only POST")
    func change() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)"
            let changed = try await server.send(.patch, path, body: #"{"schema_name":"sf","name":"Main"}"#)
            #expect(changed.status == 200)
            #expect(changed.json["schema_name"] == "sf")
            #expect(changed.json["name"] == "Main")
            let overridden = try await server.post("\(path)?_HttpMethod=PATCH", #"{"db_key":"DATABASE_URL","unknown":1}"#)
            #expect(overridden.json["db_key"] == "DATABASE_URL")
            for body in [#"{"schema_name":"Not Lower"}"#, #"{"name":7}"#, "[]", "{"] {
                let refused = try await server.send(.patch, path, body: body)
                #expect(refused.status == 400)
                #expect(refused.json.keys == ["code", "message"])
            }
        }
    }
}
