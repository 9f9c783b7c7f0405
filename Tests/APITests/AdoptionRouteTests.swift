import Catalog
import Foundation
import JobQueue
import Postgres
import Testing

@Suite("Adopting over the API")
struct AdoptionRouteTests {
    @Test("a plan is asked for where no mode is given; the report is told once a worker has made it")
    func plan() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let base = "/api/v3/connections/\(connection.id.text)"
            let asked = try await server.post("\(base)/actions/adopt", #"{"export": {"version": 1, "mappings": []}}"#)
            #expect(asked.status == 202)
            let path = try #require(URLComponents(string: asked.json["result_url"]?.string ?? "")?.path)
            #expect(try await server.get(path).status == 202)
            let job = try #require(try await server.queue.liveJobs(connections: [connection.id], limit: 10).first)
            #expect(job.kind == "adopt")
            let args = try await server.pool.query("SELECT args->>'mode' AS mode, args->>'export' AS export FROM sluice.jobs")[0]
            #expect(try args.decode("mode", as: String.self) == "plan")
            #expect(try args.decode("export", as: String.self).contains("mappings"))
            let report = """
                {"mode":"plan","schema":"salesforce","sound":true,"problems":[],"warnings":[],"alterations":["x"],"remains":[],"mappings":[{"object_name":"Account","table":"salesforce.account","rows":1,"rows_exact":true,"reads_from":null,"load":"initial","known":false,"waiting":{"NEW":1},"problem":null}]}
                """
            try await server.store.answer(try #require(UUID(uuidString: String(path.split(separator: "/").last ?? ""))), report)
            let answer = try await server.get(path)
            #expect(answer.status == 200)
            #expect(try answer.json == JSONValue(parsing: report))
            #expect(try await server.get("\(base)/adoptions/\(UUID().text)").status == 404)
        }
    }

    @Test("one that broke off says why")
    func brokenOff() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let asked = try await server.post("/api/v3/connections/\(connection.id.text)/actions/adopt", #"{"mode": "adopt"}"#)
            let path = try #require(URLComponents(string: asked.json["result_url"]?.string ?? "")?.path)
            for job in try await server.queue.liveJobs(connections: [connection.id], limit: 10) {
                _ = try await server.queue.cancel(job.id)
            }
            let answer = try await server.get(path)
            #expect(answer.status == 502 && answer.json["message"]?.string?.contains("broke off") == true)
        }
    }

    @Test("what cannot be meant is refused, by its name")
    func refusals() async throws {
        try await Server.with { server in
            let path = "/api/v3/connections/\(try await server.connection().id.text)/actions/adopt"
            for (body, name) in [
                (#"{"mode": "all"}"#, "mode"), (#"{"mode": 1}"#, "mode"), (#"{"export": 1}"#, "export"),
                (#"{"export": {"mappings": [{"object_name": "A"}]}}"#, "export"),
                (#"{"mode": "take_back", "export": {"mappings": []}}"#, "export"),
            ] {
                let answer = try await server.post(path, body)
                #expect(
                    answer.status == 400 && answer.json["message"]?.string?.hasPrefix("\(name):") == true, "\(body) \(answer.json.text)")
            }
        }
    }
}
