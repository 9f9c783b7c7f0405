import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import Testing

@Suite("Validations")
struct ValidationTests {
    @Test("a connection's validation answers 202 and an empty body until it is there, then 200")
    func connection() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let asked = try await server.post("/api/v3/connections/\(connection.id.text)/validations")
            #expect(asked.status == 202)
            let url = try #require(asked.json["result_url"]?.string)
            #expect(url.hasPrefix("http://"))
            let path = try #require(URLComponents(string: url)?.path)
            let running = try await server.get(path)
            #expect(running.status == 202 && running.bytes.isEmpty)
            let id = try #require(UUID(uuidString: String(path.split(separator: "/").last ?? "")))
            let found = Diagnosis(objects: ["Account"], findings: [Finding("A", "a", .warning, "look", documentation: "https://x")])
            try await server.store.answer(id, found.document.text)
            let answer = try await server.get(path)
            #expect(answer.status == 200)
            #expect(answer.json.keys == ["errors", "warnings", "passes", "skips", "mappings"])
            #expect(
                answer.json["warnings"] == [
                    ["rule_id": "A", "display_name": "a", "status": "FAILED", "message": "look", "doc_url": "https://x"]
                ])
            #expect(answer.json["mappings"]?["Account"] == ["errors": [], "warnings": [], "passes": [], "skips": []])
            #expect(try await server.get("/api/v3/connections/\(connection.id.text)/validations/\(UUID().text)").status == 404)
            #expect(
                try await server.get("/api/v3/connections/\(try await server.connection(schema: "b").id.text)/validations/\(id.text)")
                    .status == 404)
        }
    }

    @Test("a diagnosis that broke off ends with an error, not with silence")
    func brokenOff() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let asked = try await server.post("/api/v3/connections/\(connection.id.text)/validations")
            let path = try #require(URLComponents(string: asked.json["result_url"]?.string ?? "")?.path)
            for job in try await server.queue.liveJobs(connections: [connection.id], limit: 10) {
                _ = try await server.queue.cancel(job.id)
            }
            let answer = try await server.get(path)
            #expect(answer.status == 200)
            #expect(answer.json["errors"]?.elements?.first?["rule_id"] == "DIAGNOSIS_MUST_END")
        }
    }

    @Test("a diagnosis that no worker takes says so, and still answers when one does")
    func ignored() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let asked = try await server.post("/api/v3/connections/\(connection.id.text)/validations")
            let path = try #require(URLComponents(string: asked.json["result_url"]?.string ?? "")?.path)
            try await server.pool.run("UPDATE sluice.jobs SET created_at = created_at - interval '31 s'")
            let answer = try await server.get(path)
            #expect(answer.status == 200)
            #expect(answer.json["errors"]?.elements?.first?["rule_id"] == "DIAGNOSIS_MUST_BEGIN")
            let id = try #require(UUID(uuidString: String(path.split(separator: "/").last ?? "")))
            try await server.store.answer(id, Diagnosis(objects: [], findings: []).document.text)
            #expect(try await server.get(path).json["errors"] == [])
        }
    }

    @Test("a mapping's validation waits for its answer; without a worker it says so")
    func mapping() async throws {
        try await Server.with(patience: .milliseconds(50)) { server in
            let mapping = try await server.mapping(try await server.connection())
            let answer = try await server.get("/api/v3/mappings/\(mapping.id.text)/validations")
            #expect(answer.status == 409)
            #expect(answer.headers[.retryAfter] == "2")
            #expect(answer.json["code"] == "pending")
        }
    }

    @Test("a mapping that nobody has made yet is looked at; what cannot be one is refused by name, and nothing is made")
    func draft() async throws {
        try await Server.with(patience: .milliseconds(50)) { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/mapping-validations"
            let body = #"{"object_name": "Lead", "config": {"fields": {"Id": {}}, "row_filter": "Company != null"}}"#
            #expect(try await server.post(path, body).status == 409)
            let args = try await server.pool.query("SELECT args->'draft'->>'config' AS config FROM sluice.jobs WHERE kind = 'diagnose'")[0]
            #expect(try args.decode("config", as: String.self).contains("Company != null"))
            for (body, name) in [
                (#"{"config": {"fields": {"Id": {}}}}"#, "object_name"),
                (#"{"object_name": "Lead", "config": {"fields": {"Name": {}}}}"#, "config.fields"),
                (#"{"object_name": "Lead", "config": {"fields": {"Id": {}}, "row_filter": "(a = 1"}}"#, "config.row_filter"),
            ] {
                let answer = try await server.post(path, body)
                #expect(answer.status == 400 && answer.json["message"]?.string?.hasPrefix(name) == true, "\(answer.text)")
            }
            #expect(try await server.store.mappings(connection.id).isEmpty)
        }
    }
}
