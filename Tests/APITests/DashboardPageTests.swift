import Accounts
import Catalog
import Dashboard
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncJournal
import Testing
import WebServer

@Suite("The dashboard's pages act through the API's own routes")
struct DashboardPageTests {
    private func form(_ server: Server, _ token: String? = nil) async throws -> HTTPFields {
        var headers = try await server.session(token ?? server.token)
        headers[.contentType] = "application/x-www-form-urlencoded"
        headers[.origin] = "http://127.0.0.1:\(server.port)"
        return headers
    }

    private func trail(_ server: Server, _ connection: Connection) async throws -> [String] {
        try await server.store.auditTrail(connection.id).map(\.action)
    }

    @Test("a form leaves the audit entry of the API's route, with the session that acted, once")
    func audit() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            let headers = try await form(server)
            let poll = try await server.send(.post, "/mappings/\(mapping.id.text)/actions/poll", headers: headers)
            #expect(poll.status == 303)
            #expect(poll.headers[.location] == "/connections/\(connection.id.text)/mappings")
            let entries = try await server.store.auditTrail(connection.id)
            #expect(entries.map(\.action) == ["mapping.poll"])
            #expect(entries.first?.via?.hasPrefix("session ") == true)
            let menu = try await server.send(.get, "/connections/\(connection.id.text)/mappings", headers: headers)
            #expect(menu.text.contains("99 left today"))
        }
    }

    @Test("what the API refuses is refused on pages, in its words")
    func refusals() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            let headers = try await form(server)
            let abort = try await server.send(.post, "/mappings/\(mapping.id.text)/actions/abort", headers: headers)
            #expect(abort.status == 409)
            let (_, viewer) = try await server.store.addUser(email: "vera@example.com", app: "shop", role: .viewer)
            let watching = try await form(server, viewer)
            for path in ["/mappings/\(mapping.id.text)/actions/verify", "/connections/\(connection.id.text)/change"] {
                #expect(try await server.send(.post, path, body: "name=x", headers: watching).status == 403)
            }
            let page = try await server.send(.get, "/connections/\(connection.id.text)/settings", headers: watching)
            #expect(page.status == 200)
            for word in ["Rename", "Delete connection", "Give access", "Pause"] { #expect(!page.text.contains(word), "\(word)") }
            #expect(try await trail(server, connection) == [])
        }
    }

    @Test("settings rename, move switches and give access, and each shows")
    func settings() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let base = "/connections/\(connection.id.text)"
            _ = try await server.store.addUser(email: "bob@example.com", app: "elsewhere")
            let headers = try await form(server)
            #expect(try await server.send(.post, "\(base)/change", body: "name=Sales+%26+more", headers: headers).status == 303)
            #expect(try await server.send(.post, "\(base)/change", body: "poll_db_no_merge=false", headers: headers).status == 303)
            #expect(
                try await server.send(.post, "\(base)/access/grant", body: "email=bob%40example.com&role=operator", headers: headers).status
                    == 303)
            let page = try await server.send(.get, "\(base)/settings", headers: headers)
            for text in ["Sales &amp; more", "Merged", "bob@example.com", "Revoke", "_trigger_log", "Supported objects"] {
                #expect(page.text.contains(text), "\(text)")
            }
            #expect(try await server.store.connection(connection.id)?.features.writesInOrder == false)
            #expect(
                try await server.send(.post, "\(base)/access/revoke", body: "email=bob%40example.com", headers: headers).status == 303)
            let entries = try await server.send(.get, "\(base)/audit", headers: headers)
            for action in ["connection.change", "access.grant", "access.revoke"] { #expect(entries.text.contains(action), "\(action)") }
        }
    }

    @Test("an import shows what it would change before anything does, and what cannot be read names its fault")
    func importing() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            _ = try await server.mapping(connection)
            let path = "/connections/\(connection.id.text)/import"
            let file =
                #"{"version":1,"mappings":[{"object_name":"Account","config":{"access":"read_only","fields":{"Id":{},"Phone":{}},"indexes":{}}},{"object_name":"Lead","config":{"access":"read_only","fields":{"Id":{}},"indexes":{}}}]}"#
            let sent = "export=\(file.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            let headers = try await form(server)
            let preview = try await server.send(.post, path, body: sent, headers: headers)
            #expect(preview.status == 200)
            for text in ["adds Phone", "drops Name", "read and write becomes read only", "Lead"] {
                #expect(preview.text.contains(text), "\(text)")
            }
            #expect(try await server.store.mappings(connection.id).count == 1)
            #expect(try await trail(server, connection) == [])
            #expect(try await server.send(.post, path, body: "\(sent)&agreed=1", headers: headers).status == 303)
            #expect(try await trail(server, connection) == ["connection.import"])
            let broken = try await server.send(.post, path, body: "export=%7B%22mappings%22%3A1%7D", headers: headers)
            #expect(broken.status == 422)
            #expect(broken.text.contains("id=\"fault\""))
        }
    }

    @Test("a job that failed is shown with its error, and can be retried, however many ended well since")
    func failedJobs() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            try await server.pool.run(
                """
                INSERT INTO sluice.finished_jobs
                    (id, kind, connection_id, state, priority, run_at, attempt, args, last_error, created_at, finished_at, plane)
                SELECT 1000 + n, 'poll', \(connection.id), CASE n WHEN 0 THEN 'failed' ELSE 'completed' END, 0, now(), 1, '{}',
                    CASE n WHEN 0 THEN 'the <org> is gone' END, now(), now() - interval '1 hour' + n * interval '1 second', 0
                FROM generate_series(0, 60) AS n
                """)
            let path = "/connections/\(connection.id.text)/jobs"
            let page = try await server.send(.get, path, headers: try await server.session(server.token)).text
            #expect(page.contains("Jobs that failed") && page.contains("the &lt;org&gt; is gone"))
            #expect(page.contains("action=\"\(path)/1000/retry\"") && page.contains("\(path)/1060\">") && !page.contains("\(path)/1001\">"))
        }
    }

    @Test("logs are filtered by object, type, level and text, go on behind a page, and lead to jobs")
    func logs() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            for number in 1...120 { try await server.store.event(.info, connection: connection.id, type: .read, "line \(number).") }
            try await server.store.event(.error, connection: connection.id, mapping: mapping.id, job: 7, type: .write, "100% <wrong>")
            let base = "/connections/\(connection.id.text)/logs"
            let headers = try await form(server)
            let newest = try await server.send(.get, base, headers: headers)
            #expect(newest.text.contains("line 120.") && !newest.text.contains("line 5."))
            #expect(newest.text.contains("100% &lt;wrong&gt;") && newest.text.contains("/jobs/7\""))
            let older = try #require(newest.text.firstMatch(of: /href="([^"]*before=[^"]*)"/)?.1)
            #expect(try await server.send(.get, String(older).replacing("&amp;", with: "&"), headers: headers).text.contains("line 5."))
            for query in ["mapping=Account", "type=write", "level=error", "text=100%25"] {
                let page = try await server.send(.get, "\(base)?\(query)", headers: headers)
                #expect(page.text.contains("&lt;wrong&gt;") && !page.text.contains("line 120."), "\(query)")
            }
        }
    }

    @Test("a token is shown once, sessions are listed and ended")
    func account() async throws {
        try await Server.with { server in
            let headers = try await form(server)
            _ = try await form(server)
            let made = try await server.send(.post, "/account/tokens", body: "name=ci&role=viewer", headers: headers)
            let secret = try #require(made.text.firstMatch(of: /<code>(sluice_[^<]+)<\/code>/)?.1)
            let page = try await server.send(.get, "/account", headers: headers)
            #expect(page.text.contains("ci") && !page.text.contains(secret))
            #expect(try await server.send(.get, "/api/v3/users/me", headers: [.authorization: "Bearer \(secret)"]).status == 200)
            #expect(try await server.send(.post, "/account/sessions/end", headers: headers).status == 303)
            let rest = try await server.send(.get, "/api/v3/users/me/sessions").json
            #expect(rest["count"] == 1)
            let tokens = try await server.send(.get, "/api/v3/users/me/tokens").json["results"]?.elements ?? []
            let id = try #require(tokens.first { $0["name"] == "ci" }?["id"]?.string)
            #expect(try await server.send(.post, "/account/tokens/revoke", body: "id=\(id)", headers: headers).status == 303)
            let refused = try await server.send(.post, "/account/password", body: "new=x", headers: headers)
            #expect(refused.status == 422)
        }
    }

    @Test("Find leads to pages, objects and rows by their Salesforce id, of what somebody may see")
    func finding() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            let foreign = try await server.connection(app: "elsewhere", schema: "other")
            let hidden = try await server.mapping(foreign, "Secret__c")
            let headers = try await form(server)
            func find(_ query: String) async throws -> String { try await server.send(.get, "/find?q=\(query)", headers: headers).text }
            #expect(try await find("acc").contains("/mappings/\(mapping.id.text)"))
            #expect(try await find("jobs").contains("/connections/\(connection.id.text)/jobs"))
            #expect(try await find("001000000000001AAA").contains("/explorer?mapping=Account&amp;search=001000000000001AAA"))
            #expect(try await !find("secret").contains(hidden.id.text))
            #expect(try await find("zzzz").contains("Nothing is called like that"))
        }
    }

    @Test("open pages are told of events, states and ends of jobs, and of other connections' never")
    func live() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let other = try await server.connection(schema: "other")
            let mapping = try await server.mapping(connection)
            let headers = try await form(server)
            let follower = try await Follower(server, "/connections/\(connection.id.text)/stream", headers: headers)
            // The first look only learns how things stand.
            try await server.store.event(.info, connection: other.id, "elsewhere")
            var told = 0
            func tells(_ what: String, _ change: () async throws -> Void) async throws {
                try await eventually(what) {
                    try await change()
                    return follower.changes > told
                }
                told = follower.changes
            }
            try await tells("an event is told") { try await server.store.event(.info, connection: connection.id, "here") }
            try await tells("a state is told") {
                try await server.store.setMappingState(mapping.id, .badConfig, description: "No such column")
            }
            try await tells("the end of a job is told") {
                let job = try #require(try await server.queue.enqueue([.poll(mapping, requestedBy: "test")])[0])
                _ = try await server.queue.cancel(job)
            }
            follower.stop()
            let stranger = try await server.send(.get, "/connections/\(connection.id.text)/stream", headers: [.accept: "text/html"])
            #expect(stranger.status == 303)
        }
    }

    @Test("pages of 100 mappings read few of a million lines of log", .timeLimit(.minutes(20)))
    func amongManyLines() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            for number in 0..<100 { _ = try await server.mapping(connection, "Object\(number)__c") }
            try await server.pool.withSession { session in
                try session.run(
                    """
                    INSERT INTO sluice.events (level, connection_id, type, message)
                    SELECT CASE WHEN n % 1000 = 0 THEN 'error' ELSE 'info' END, \(connection.id), 'read', 'polled ' || n FROM generate_series(1, 1000000) AS n
                    """, timeout: .seconds(300))
                try session.run("ANALYZE sluice.events", timeout: .seconds(60))
            }
            let headers = try await form(server)
            let base = "/connections/\(connection.id.text)"
            for path in ["/", base, "\(base)/mappings", "\(base)/logs", "\(base)/logs?level=error", "\(base)/jobs", "\(base)/settings"] {
                let before = try await server.rowsRead(of: "sluice.events")
                #expect(try await server.send(.get, path, headers: headers).status == 200, "\(path)")
                let read = try await server.rowsRead(of: "sluice.events") - before
                #expect(read < 20_000, "\(path): \(read)")
            }
            let before = try await server.rowsRead(of: "sluice.events")
            try await server.pool.run("SELECT count(*) FROM sluice.events WHERE message = ''")
            #expect(try await server.rowsRead(of: "sluice.events") - before >= 1_000_000, "who reads all is noticed")
        }
    }
}
