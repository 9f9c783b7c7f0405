import Accounts
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import TestDatabase
import Testing
import WebServer

@Suite("The border between apps")
struct AppBorderTests {
    /// A route with `{connection}`, `{mapping}` and `{job}` for the ids of another app.
    struct Route: Sendable, CustomTestStringConvertible {
        let method: HTTPRequest.Method
        let path: String
        let body: String?
        var testDescription: String { "\(method) \(path)" }

        init(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) {
            (self.method, self.path, self.body) = (method, path, body)
        }
    }

    static let routes: [Route] = [
        Route(.get, "/api/v3/connections/{connection}"), Route(.get, "/api/v3/connections/{connection}?deep=true"),
        Route(.patch, "/api/v3/connections/{connection}", #"{"name":"Taken"}"#),
        Route(.post, "/api/v3/connections/{connection}?_HttpMethod=PATCH", #"{"name":"Taken"}"#),
        Route(.get, "/api/v3/connections/{connection}/mappings"), Route(.get, "/api/v3/connections/{connection}/actions/export"),
        Route(.post, "/api/v3/connections/{connection}/actions/import", #"{"version":1,"mappings":[]}"#),
        Route(.post, "/api/v3/connections/{connection}/actions/pause"), Route(.post, "/api/v3/connections/{connection}/actions/resume"),
        Route(.post, "/api/v3/connections/{connection}/actions/restart"), Route(.get, "/api/v3/connections/{connection}/errors"),
        Route(.get, "/api/v3/connections/{connection}/notifications"),
        Route(.post, "/api/v3/connections/{connection}/notifications/acknowledge"),
        Route(.get, "/api/v3/connections/{connection}/jobs"), Route(.get, "/api/v3/jobs/{job}"), Route(.get, "/api/v3/mappings/{mapping}"),
        Route(.delete, "/api/v3/mappings/{mapping}"), Route(.get, "/api/v3/mappings/{mapping}/errors"),
        Route(.post, "/api/v3/mappings/{mapping}/actions/reload"), Route(.post, "/api/v3/mappings/{mapping}/actions/poll"),
        Route(.get, "/api/v3/apps/shop"), Route(.get, "/connections/{connection}"),
        Route(.post, "/connections/{connection}/actions/pause"), Route(.post, "/connections/{connection}/actions/resume"),
        Route(.post, "/connections/{connection}/actions/restart"), Route(.post, "/mappings/{mapping}/actions/reload"),
        Route(.post, "/mappings/{mapping}/actions/poll"),
    ]

    @Test("what belongs to another app is 404 by its very id, and nothing of it changes", arguments: routes)
    func foreign(_ route: Route) async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            _ = try await server.store.pool.withSession {
                try CatalogStore.notify(connection.id, eventType: "test", message: "private", in: $0)
            }
            let job = try #require(try await server.queue.enqueue([NewJob.load(mapping, reason: .reload)])[0])
            let (_, stranger) = try await server.store.addUser(email: "bob@example.com", app: "other")
            let path = route.path.replacing("{connection}", with: connection.id.text).replacing("{mapping}", with: mapping.id.text)
                .replacing("{job}", with: String(job))
            var headers: HTTPFields = [.authorization: "Bearer \(stranger)", .contentType: "application/json"]
            if !path.hasPrefix("/api/") { headers = try await server.session(stranger) }
            let before = try await Self.everything(server)
            let answer = try await server.send(route.method, path, body: route.body, headers: headers)
            #expect(answer.status == 404, "\(answer.text)")
            #expect(!answer.text.contains("private") && !answer.text.contains("DATABASE_URL"))
            #expect(try await Self.everything(server) == before)
            // The same request is one that works: its owner is not refused.
            if path.hasPrefix("/api/") {
                #expect(try await server.send(route.method, path, body: route.body).status != 404)
            }
        }
    }

    @Test("lists hold the user's own apps only, whatever is asked for")
    func lists() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            let (_, stranger) = try await server.store.addUser(email: "bob@example.com", app: "other")
            let own = try await server.connection(app: "other", schema: "other")
            let headers: HTTPFields = [.authorization: "Bearer \(stranger)"]
            for path in [
                "/api/v3/connections?app=shop", "/api/v3/connections?app=\(connection.appID.text)",
                "/api/v3/connections?resource_name=\(connection.resourceName)", "/connections?app=shop",
                "/api/v3/connections/\(own.id.text)/jobs?mapping=\(mapping.id.text)",
            ] {
                #expect(try await server.send(.get, path, headers: headers).json["count"] == 0, "\(path)")
            }
            for path in ["/api/v3/connections?deep=true", "/connections", "/"] {
                let isPage = path == "/"
                let answer = try await server.send(.get, path, headers: isPage ? server.session(stranger) : headers)
                #expect(answer.status == 200)
                #expect(!answer.text.contains(connection.id.text) && !answer.text.contains(connection.resourceName), "\(path)")
            }
            let linked = try await server.send(.post, "/auth/shop", headers: headers)
            #expect(linked.json["connections"]?.elements?.map { $0["id"]?.string } == [own.id.text])
        }
    }

    @Test("a variable that the app may not use is refused in the same words, whatever the environment holds")
    func variables() async throws {
        try await Server.with(environment: ["SECOND_URL": "postgres://elsewhere/db", "SLUICE_SECRET_KEY": "MDEyMw==", "PATH": "/bin"]) {
            server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)"
            var answers: Set<String> = []
            for key in ["SECOND_URL", "SLUICE_SECRET_KEY", "PATH", "OTHER", "ABSENT"] {
                let answer = try await server.send(.patch, path, body: #"{"db_key":"\#(key)"}"#)
                #expect(answer.status == 409)
                answers.insert(answer.text.replacing(key, with: "KEY"))
            }
            #expect(answers.count == 1)
            #expect(try await server.store.connection(connection.id)?.dbKey == "DATABASE_URL")
            try await server.store.allowDatabase(app: "other", key: "SECOND_URL")
            #expect(try await server.send(.patch, path, body: #"{"db_key":"SECOND_URL"}"#).status == 409)
            try await server.store.allowDatabase(app: "shop", key: "SECOND_URL")
            let changed = try await server.send(.patch, path, body: #"{"db_key":"SECOND_URL"}"#)
            #expect(changed.status == 200)
            #expect(changed.json["database"]?["host"] == "elsewhere")
        }
    }

    @Test("a variable that holds no database, and one that is not there, cannot be told apart")
    func unresolvable() async throws {
        try await Server.with(environment: ["PATH": "/bin", "ODD": "postgres://host:port/db"]) { server in
            var answers: Set<String> = []
            for (index, key) in ["PATH", "ABSENT", "OTHER", "ODD"].enumerated() {
                let connection = try await server.connection(schema: "s\(index)")
                let path = "/api/v3/connections/\(connection.id.text)"
                try await server.store.allowDatabase(app: "shop", key: key)
                let changed = try await server.send(.patch, path, body: #"{"db_key":"\#(key)"}"#)
                #expect(changed.json["database"] == .null)
                let errors = try await server.get("\(path)/errors")
                #expect(errors.status == 503)
                answers.insert("\(changed.status) \(errors.text)".replacing(key, with: "KEY").replacing(connection.name, with: "NAME"))
            }
            #expect(answers.count == 1, "\(answers)")
        }
    }

    @Test("what is taken from an app is out of its reach at once, and comes back when it is allowed again")
    func withdrawn() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)"
            #expect(try await server.get("\(path)/errors").status == 200)
            #expect(try await server.store.denyDatabase(app: "shop", key: "DATABASE_URL"))
            let answer = try await server.get("\(path)/errors")
            #expect(answer.status == 409)
            #expect(answer.json["message"]?.string?.contains("sluice app allow shop DATABASE_URL") == true)
            #expect(try await server.get(path).json["database"] == .null)
            #expect(try await server.get("/api/v3/apps/shop").json["db_keys"] == [])
            try await server.store.allowDatabase(app: "shop", key: "DATABASE_URL")
            #expect(try await server.get("\(path)/errors").status == 200)
        }
    }

    @Test("another app's schema cannot be moved to under another name of its database")
    func alias() async throws {
        try await Server.with { server in
            _ = try await server.connection(app: "other", schema: "theirs")
            let sealed = try await server.store.createConnection(
                NewConnection(appName: "third", target: .url(server.database.url), schemaName: "sealed"), sealingKey: server.key)
            let variables = ["DATABASE_URL": server.database.url, "ALIAS_URL": server.database.url]
            try await Server.running(store: server.store, key: server.key, environment: variables) { port in
                let second = server.on(port: port)
                let connection = try await second.connection()
                let path = "/api/v3/connections/\(connection.id.text)"
                try await second.store.allowDatabase(app: "shop", key: "ALIAS_URL")
                let moves = [
                    #"{"db_key":"ALIAS_URL","schema_name":"theirs"}"#, #"{"db_key":"ALIAS_URL","schema_name":"sealed"}"#,
                    #"{"schema_name":"sealed"}"#,
                ]
                for body in moves {
                    let answer = try await second.send(.patch, path, body: body)
                    #expect(answer.status == 409, "\(body)")
                    #expect(!answer.text.contains(sealed.name))
                }
                let moved = try await second.send(.patch, path, body: #"{"db_key":"ALIAS_URL","schema_name":"own"}"#)
                #expect(moved.status == 200)
                let back = try await second.send(.patch, path, body: #"{"db_key":"DATABASE_URL","schema_name":"own"}"#)
                #expect(back.status == 200)
            }
        }
    }

    @Test("a schema that another app's connection owns is refused without naming that connection")
    func unnamed() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let foreign = try await server.connection(app: "other", schema: "theirs")
            let answer = try await server.send(.patch, "/api/v3/connections/\(connection.id.text)", body: #"{"schema_name":"theirs"}"#)
            #expect(answer.status == 409)
            #expect(!answer.text.contains(foreign.name))
        }
    }

    private static func everything(_ server: Server) async throws -> [String] {
        try await server.pool.query(
            """
            SELECT c::text AS row FROM sluice.connections c UNION ALL SELECT m::text FROM sluice.mappings m
            UNION ALL SELECT j::text FROM sluice.jobs j UNION ALL SELECT n::text FROM sluice.notifications n
            UNION ALL SELECT a::text FROM sluice.audit_trail a ORDER BY 1
            """
        ).map { try $0.decode("row") }
    }
}
