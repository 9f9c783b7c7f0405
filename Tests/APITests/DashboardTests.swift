import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import SyncJournal
import Testing
import WebServer

@Suite("The dashboard")
struct DashboardTests {
    private static let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded", .accept: "text/html"]

    private func session(_ server: Server) async throws -> HTTPFields {
        let answer = try await server.send(.post, "/login", body: "token=\(server.token)", headers: Self.form)
        #expect(answer.status == 303)
        let cookie = answer.headers[.setCookie] ?? ""
        #expect(cookie.contains("HttpOnly"))
        #expect(cookie.contains("SameSite=Lax"))
        #expect(!cookie.contains(server.token))
        return [.cookie: String(cookie.prefix { $0 != ";" }), .accept: "text/html"]
    }

    @Test("pages are closed to strangers and open to who gives a token once")
    func login() async throws {
        try await Server.with { server in
            for path in ["/", "/connections/\(UUID().text)"] {
                let stranger = try await server.send(.get, path, headers: [.cookie: "sluice_session=v1.forged", .accept: "text/html"])
                #expect(stranger.status == 303)
                #expect(stranger.headers[.location] == "/login")
            }
            let wrong = try await server.send(.post, "/login", body: "token=wrong", headers: Self.form)
            #expect(wrong.status == 401)
            #expect(wrong.text.contains("not valid"))
            let page = try await server.send(.get, "/", headers: session(server))
            #expect(page.status == 200)
            #expect(page.text.contains("ann@example.com"))
            #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
            #expect(try await server.send(.get, "/assets/dashboard.css", headers: [:]).status == 200)
            #expect(try await server.send(.get, "/assets/dashboard.js", headers: [:]).status == 200)
        }
    }

    @Test("a page shows mappings, counts, jobs and events, and escapes what others wrote")
    func pages() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            _ = try await server.store.changeConnection(connection.id, name: "<script>alert(1)</script>", schemaName: nil, dbKey: nil)
            let mapping = try await server.mapping(connection)
            try await server.store.updateMapping(mapping.id, MappingUpdate(sfCount: 12_400, pendingWrites: 7, erroredWrites: 3))
            try await server.store.event(.error, connection: connection.id, mapping: mapping.id, "it's <broken> & \"bad\"")
            try await server.store.recordActivity(mapping.id, .salesforceToDatabase, rows: 1_234_567)
            _ = try await server.store.pool.withSession {
                try CatalogStore.notify(connection.id, eventType: "mapping-error", message: "look", in: $0)
            }
            _ = try await server.post("/api/v3/mappings/\(mapping.id.text)/actions/reload")
            let headers = try await session(server)
            let broken = try await server.mapping(connection, "Invoice__c")
            try await server.store.setMappingState(broken.id, .badConfig, description: "No such column")
            let overview = try await server.send(.get, "/", headers: headers)
            #expect(overview.text.contains("<span class=\"badge bad\">1 failing</span>"))
            #expect(!overview.text.contains("&lt;span"))
            #expect(overview.text.contains("&lt;script&gt;"))
            #expect(!overview.text.contains("<script>alert"))
            let connectionPath = "/connections/\(connection.id.text)"
            let escaped = "it&#39;s &lt;broken&gt; &amp; &quot;bad&quot;"
            let expectations: [(path: String, texts: [String])] = [
                (connectionPath, ["1,234,567 rows", escaped, "look", "Dismiss", "Errored writes", "Ordered"]),
                (
                    "\(connectionPath)/mappings",
                    ["12,345", "12,400", "title=\"DATA_SYNCED\"", "read, write", "Poll now", "Reload", "Delete"]
                ),
                ("\(connectionPath)/logs", [escaped]),
                ("\(connectionPath)/jobs", ["Waiting", "load"]),
                ("\(connectionPath)/settings", ["Pause", "_trigger_log"]),
                ("/mappings/\(mapping.id.text)", ["1,234,567 rows", escaped, "Mapped fields"]),
                ("/mappings/\(mapping.id.text)/confirm/reload", ["12,400 records are read again", "Cancel"]),
                ("/mappings/\(mapping.id.text)/confirm/delete", ["12,345 rows", "7 changes that wait"]),
            ]
            for (path, texts) in expectations {
                let page = try await server.send(.get, path, headers: headers)
                #expect(page.status == 200, "\(path)")
                for text in texts { #expect(page.text.contains(text), "\(path): \(text)") }
                #expect(!page.text.contains("<script>alert"))
                #expect(!page.text.contains("&lt;td") && !page.text.contains("&lt;div") && !page.text.contains("&lt;span"))
            }
            let failures = try await server.send(.get, "\(connectionPath)/logs?level=warning", headers: headers)
            #expect(!failures.text.contains(escaped))
            #expect(try await server.send(.get, "/connections/\(UUID().text)", headers: headers).status == 404)
        }
    }

    @Test("a notice is dismissed once, and deleting a mapping asks first and leaves the table")
    func dismissAndDelete() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            _ = try await server.store.pool.withSession {
                try CatalogStore.notify(connection.id, eventType: "mapping-error", message: "look", in: $0)
            }
            let headers = try await session(server)
            let notice = try #require(try await server.store.notifications(connection.id).first)
            let dismissal = "/connections/\(connection.id.text)/notifications/\(notice.id)/dismiss"
            #expect(try await server.send(.post, dismissal, headers: headers).status == 303)
            #expect(try await server.store.notifications(connection.id).isEmpty)
            #expect(try await server.store.auditTrail(connection.id).map(\.action) == ["notifications.acknowledge"])
            // Whoever dismisses what somebody else has dismissed meanwhile has what he wants.
            #expect(try await server.send(.post, dismissal, headers: headers).status == 303)
            #expect(try await server.send(.get, "/mappings/\(mapping.id.text)/actions/delete", headers: headers).status == 405)
            #expect(try await server.send(.post, "/mappings/\(mapping.id.text)/actions/delete", headers: headers).status == 303)
            #expect(try await server.store.mapping(mapping.id) == nil)
        }
    }

    @Test("buttons act for the session's own site and for no other")
    func forms() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/connections/\(connection.id.text)/actions/pause"
            var headers = try await session(server)
            headers[.origin] = "https://evil.example"
            #expect(try await server.send(.post, path, headers: headers).status == 403)
            headers[.origin] = "http://127.0.0.1:\(server.port)"
            headers[.secFetchSite] = "cross-site"
            #expect(try await server.send(.post, path, headers: headers).status == 403)
            headers[.secFetchSite] = "same-origin"
            let done = try await server.send(.post, path, headers: headers)
            #expect(done.status == 303)
            #expect(try await server.store.connection(connection.id)?.state == .paused)
            let refused = try await server.send(.post, path, headers: headers)
            #expect(refused.status == 409)
            #expect(refused.text.contains("<h1>"))
        }
    }
}
