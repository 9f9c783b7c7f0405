import Accounts
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncJournal
import Testing

@Suite("Activity, audit, queue and workers")
struct OverviewTests {
    @Test(
        "activity has a bucket for each span, both ways, with sums",
        arguments: [("1h", 60), ("6h", 72), ("24h", 96), ("7d", 84), ("30d", 120)])
    func activity(period: String, spans: Int) async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let account = try await server.mapping(connection)
            try await server.store.recordActivity(account.id, .salesforceToDatabase, rows: 12, errors: 2)
            let path = "/api/v3/connections/\(connection.id.text)/activity"
            let chart = try await server.get("\(path)?period=\(period)&mapping=\(account.id.text)").json
            #expect(chart["period"]?.string == period)
            #expect(chart["sf_to_db"]?["rows"] == 12)
            #expect(chart["sf_to_db"]?["errors"] == 2)
            #expect(chart["db_to_sf"]?["rows"] == 0)
            for way in ["sf_to_db", "db_to_sf"] { #expect(chart[way]?["buckets"]?.elements?.count == spans) }
            for wrong in ["2h", "1h,6h"] {
                let refused = try await server.get("\(path)?period=\(wrong)")
                #expect(refused.status == 400)
                #expect(refused.json["message"]?.string == "period: expected one of 1h, 6h, 24h, 7d, 30d, found \"\(wrong)\"")
            }
        }
    }

    @Test("the audit trail comes in pages as JSON, and whole as CSV that no spreadsheet takes for formulas")
    func audit() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/audit"
            for n in 1...3 {
                try await server.store.audit(
                    connection.id, actor: n == 2 ? "=cmd()" : "ann@example.com", action: "step.\(n)", details: ["a": "b,\"c\""])
            }
            let first = try await server.get("\(path)?limit=2").json
            #expect(first["results"]?.elements?.map { $0["action"]?.string } == ["step.3", "step.2"])
            let next = try #require(first["next"]?.string)
            #expect(try await server.get(next).json["results"]?.elements?.map { $0["action"]?.string } == ["step.1"])
            let csv = try await server.get("\(path)?format=csv")
            #expect(csv.headers[.contentType] == "text/csv; charset=utf-8")
            #expect(csv.headers[.contentDisposition]?.contains("attachment") == true)
            let lines = csv.text.components(separatedBy: "\r\n")
            #expect(lines[0] == #""id","created_at","actor","action","details","connection","address","via""#)
            #expect(lines.count == 5)
            #expect(lines[2].contains(#""'=cmd()","step.2""#))
            #expect(lines[1].contains(#"b,\""c\"""#))
            let newest = try await server.get("\(path)?format=csv&limit=1").text.components(separatedBy: "\r\n")
            #expect(newest == [lines[0], lines[1], ""])
            let older = try #require(first["results"]?.elements?.first?["id"]?.integer)
            let rest = try await server.get("\(path)?format=csv&before=\(older)").text.components(separatedBy: "\r\n")
            #expect(rest == [lines[0]] + lines.dropFirst(2))
            for wrong in ["limit=0", "before=x"] { #expect(try await server.get("\(path)?format=csv&\(wrong)").status == 400) }
        }
    }

    @Test("the installation's trail holds what belongs to no connection too; from where somebody works only admins are told")
    func installationTrail() async throws {
        try await Server.with { server in
            try await server.store.setAdministrator(email: "ann@example.com", true)
            let connection = try await server.connection()
            _ = try await server.post("/api/v3/users", #"{"email":"new@example.com"}"#)
            try await server.store.audit(connection.id, actor: "ann@example.com", action: "step")
            let all = try await server.get("/api/v3/audit").json["results"]?.elements ?? []
            #expect(all.map { $0["action"]?.string }.prefix(1) == ["step"])
            let added = try #require(all.first { $0["action"] == "user.create" })
            #expect(added["connection"] == .null && added["address"]?.string != nil && added["via"]?.string != nil)
            #expect(all[0]["connection"]?.string == connection.id.text)
            let (_, viewer) = try await server.store.addUser(email: "viewer@example.com", app: "shop", role: .viewer)
            let seen = try await server.send(
                .get, "/api/v3/connections/\(connection.id.text)/audit", headers: [.authorization: "Bearer \(viewer)"])
            #expect(seen.json["results"]?.elements?.first?.keys == ["id", "created_at", "actor", "action", "details"])
        }
    }

    @Test("the queue tells depth and age by kind, what waits and what for, and the last hour by the minute")
    func queue() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let account = try await server.mapping(connection)
            _ = try await server.queue.enqueue([.poll(account), .write(connection.id)])
            let path = "/api/v3/connections/\(connection.id.text)/queue"
            let overview = try await server.get(path).json
            #expect(overview["kinds"]?.elements?.map { $0["kind"]?.string } == ["poll", "write"])
            #expect(overview["kinds"]?.elements?.first?["ready"] == 1)
            #expect(overview["kinds"]?.elements?.first?["oldest_ready_seconds"] != .null)
            let waiting = try #require(overview["waiting"]?.elements)
            #expect(waiting.map { $0["kind"]?.string } == ["write", "poll"])
            #expect(waiting.allSatisfy { $0["waits_for"] == "a worker that knows its kind" })
            #expect(overview["timeline"]?.elements?.count == 60)
            let job = try #require(waiting[1]["id"]?.integer)
            #expect(try await server.post("/api/v3/jobs/\(job)/actions/retry").status == 409)
            #expect(try await server.post("/api/v3/jobs/\(job)/actions/cancel").status == 202)
            #expect(try await server.post("/api/v3/jobs/\(job)/actions/cancel").status == 409)
            let later = try await server.get(path).json["timeline"]?.elements ?? []
            #expect(later.suffix(2).reduce(0) { $0 + ($1["cancelled"]?.integer ?? 0) } == 1)
            #expect(try await server.post("/api/v3/jobs/\(job)/actions/retry").status == 202)
            #expect(try await server.get("/api/v3/jobs/\(job)").json["state"] == "available")
            #expect(
                try await server.get("/api/v3/connections/\(connection.id.text)/audit").json["results"]?.elements?.map {
                    $0["action"]?.string
                } == ["job.retry", "job.cancel"])
            #expect(try await server.post("/api/v3/jobs/999/actions/retry").status == 404)
        }
    }

    @Test("the cluster's processes are told, and who leads")
    func workers() async throws {
        try await Server.with { server in
            try await server.pool.run(
                """
                INSERT INTO sluice.workers (name, role, host, pid, concurrency, kinds, leads)
                VALUES ('w1', 'worker', 'here', 5, 8, '{poll,load}', false), ('s1', 'scheduler', 'here', 6, 0, '{}', true)
                """)
            _ = try await server.connection()
            let answer = try await server.get("/api/v3/workers").json
            #expect(answer["leader"] == "s1")
            #expect(answer["results"]?.elements?.map { $0["name"]?.string } == ["s1", "w1"])
            #expect(answer["results"]?.elements?.last?["slots"] == 8)
        }
    }

    @Test("a poll that is asked for too often is refused with 429 and when it can be asked for again")
    func pollNow() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let account = try await server.mapping(connection)
            let path = "/api/v3/mappings/\(account.id.text)/actions"
            #expect(try await server.post("\(path)/poll").status == 202)
            #expect(try await server.post("\(path)/poll").status == 202)
            try await server.pool.run("DELETE FROM sluice.jobs")
            let again = try await server.post("\(path)/poll")
            #expect(again.status == 429)
            #expect(again.headers[.retryAfter].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
            #expect(again.json["code"] == "rate_limited")
            #expect(again.json["message"]?.string?.contains("99 left today") == true)
            #expect(try await server.post("\(path)/reload").status == 202)
            let aborted = try await server.post("\(path)/abort")
            #expect(aborted.status == 202)
            #expect(aborted.json["aborted_jobs"] == 1)
            #expect(try await server.get("/api/v3/mappings/\(account.id.text)").json["state"] == "ABORTED")
            #expect(try await server.post("\(path)/abort").status == 409)
        }
    }
}
