import Accounts
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import SyncJournal
import TestDatabase
import Testing
import WebServer

@testable import API

@Suite("Users, passwords, tokens and sessions", .timeLimit(.minutes(20)))
struct AccountTests {
    private static let password = "correct horse battery"

    /// A server whose token is an administrator's.
    private static func with(_ body: @Sendable (Server) async throws -> Void) async throws {
        try await Server.with { server in
            try await server.store.setAdministrator(email: "ann@example.com", true)
            try await body(server)
        }
    }

    private static func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)", .contentType: "application/json"] }

    private static func signIn(_ server: Server, _ email: String, _ password: String, _ more: HTTPFields = [:]) async throws
        -> Server.Answer
    {
        var headers = more
        headers[.contentType] = "application/x-www-form-urlencoded"
        let text = password.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return try await server.send(.post, "/login", body: "email=\(email)&password=\(text)", headers: headers)
    }

    private static func cookie(_ answer: Server.Answer) -> HTTPFields {
        [.cookie: String((answer.headers[.setCookie] ?? "").prefix { $0 != ";" }), .accept: "text/html"]
    }

    @Test("an administrator adds a user with a password, who signs in by it and sees what his role allows")
    func password() async throws {
        try await Self.with { server in
            let connection = try await server.connection()
            let body = #"{"email":"Vera@Example.com","password":"\#(Self.password)","app":"shop","role":"viewer"}"#
            let created = try await server.post("/api/v3/users", body)
            #expect(created.status == 201 && created.json["email"] == "vera@example.com" && created.json["password_set_at"] != .null)
            #expect(!created.text.contains("scrypt") && !created.text.contains(Self.password))
            let stored: String = try await server.pool.query("SELECT password_hash FROM sluice.users WHERE email = 'vera@example.com'")[0]
                .decode("password_hash")
            #expect(stored.hasPrefix("scrypt$15$8$1$"))
            let answer = try await Self.signIn(server, "VERA@example.com", Self.password)
            #expect(answer.status == 303 && answer.headers[.location] == "/")
            let page = try await server.send(.get, "/connections/\(connection.id.text)", headers: Self.cookie(answer))
            #expect(page.status == 200)
            #expect(try await server.post("/api/v3/users", body).status == 409)
            for (email, password) in [
                ("vera@example.com", "wrong horse battery"), ("vera@example.com", ""), ("nobody@example.com", Self.password),
                ("ann@example.com", ""), ("", ""),
            ] {
                let refused = try await Self.signIn(server, email, password)
                #expect(refused.status == 401 && refused.headers[.setCookie] == nil, "\(email)")
                // Which of both was wrong, nobody learns.
                #expect(refused.text.contains("This is not the address and the password of a user."))
            }
        }
    }

    @Test(
        "what is no user is refused with what was expected",
        arguments: [
            (#"{}"#, "email: expected"), (#"{"email":"x"}"#, "email: expected"),
            (#"{"email":"a@b","password":"short"}"#, "password: expected 12"),
            (#"{"email":"a@b","role":"viewer"}"#, "app: expected"),
            (#"{"email":"a@b","app":"shop","role":"owner"}"#, "role: expected one of"),
            (#"{"email":"a@b","app":"no app","role":"viewer"}"#, "app: expected a name"), (#"{"email":7}"#, "email: expected a string"),
            (#"{"email":"a@b","administrator":"yes"}"#, "administrator: expected true or false"),
        ])
    func refused(_ body: String, _ message: String) async throws {
        try await Self.with { server in
            let answer = try await server.post("/api/v3/users", body)
            #expect(answer.status == 400 && answer.json["message"]?.string?.hasPrefix(message) == true, "\(answer.text)")
        }
    }

    @Test("a new password ends the sessions that the former one began, and one's own needs the one that there is")
    func newPassword() async throws {
        try await Self.with { server in
            _ = try await server.post(
                "/api/v3/users", #"{"email":"vera@example.com","password":"\#(Self.password)","app":"shop","role":"viewer"}"#)
            let (first, second) = (
                Self.cookie(try await Self.signIn(server, "vera@example.com", Self.password)),
                Self.cookie(try await Self.signIn(server, "vera@example.com", Self.password))
            )
            var acting = second
            acting[.origin] = "http://127.0.0.1:\(server.port)"
            acting[.contentType] = "application/json"
            let path = "/api/v3/users/me/password"
            let new = "another good password"
            #expect(try await server.send(.put, path, body: #"{"password":"\#(new)"}"#, headers: acting).status == 400)
            #expect(
                try await server.send(.put, path, body: #"{"password":"\#(new)","current_password":"no"}"#, headers: acting).status == 403)
            let changed = try await server.send(
                .put, path, body: #"{"password":"\#(new)","current_password":"\#(Self.password)"}"#, headers: acting)
            #expect(changed.status == 204, "\(changed.text)")
            #expect(try await server.send(.get, "/", headers: first).status == 303)
            #expect(try await server.send(.get, "/", headers: second).status == 200)
            #expect(try await Self.signIn(server, "vera@example.com", Self.password).status == 401)
            #expect(try await Self.signIn(server, "vera@example.com", new).status == 303)
            // An administrator takes it away: what is left are tokens.
            #expect(try await server.send(.patch, "/api/v3/users/vera@example.com", body: #"{"password":null}"#).status == 200)
            #expect(try await server.send(.get, "/", headers: second).status == 303)
            #expect(try await Self.signIn(server, "vera@example.com", new).status == 401)
            let trail = try await server.pool.query("SELECT a::text AS row FROM sluice.audit_trail a").map {
                try $0.decode("row", as: String.self)
            }
            #expect(!trail.joined().contains(new) && !trail.joined().contains(Self.password))
        }
    }

    @Test("what is no text is no password, also where there is none to show")
    func noText() async throws {
        try await Self.with { server in
            let refused = try await server.send(.delete, "/api/v3/users/me/password", body: #"{"current_password":1}"#)
            #expect(refused.status == 400 && refused.json["message"]?.string?.hasPrefix("current_password: expected a string") == true)
        }
    }

    @Test("tokens have names, ends and limits; what is limited does no more than that, and makes itself nothing more")
    func tokens() async throws {
        try await Self.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/users/me/tokens"
            let made = try await server.post(path, #"{"name":"monitoring","role":"viewer","expires_in_days":3e1}"#)
            #expect(made.status == 201 && made.json["name"] == "monitoring" && made.json["role"] == "viewer")
            let (id, secret) = (try #require(made.json["id"]?.string), try #require(made.json["token"]?.string))
            let limited = Self.bearer(secret)
            #expect(try await server.send(.get, "/api/v3/connections/\(connection.id.text)", headers: limited).status == 200)
            for (method, other) in [
                (HTTPRequest.Method.post, "/api/v3/connections/\(connection.id.text)/actions/pause"), (.post, path),
                (.get, "/api/v3/users"),
                (.put, "/api/v3/users/me/password"), (.delete, "/api/v3/users/me/sessions"), (.delete, "\(path)/\(id)"),
            ] {
                #expect(try await server.send(method, other, body: "{}", headers: limited).status == 403, "\(other)")
            }
            let listed = try await server.get(path)
            #expect(listed.json["count"] == 2 && !listed.text.contains(secret))
            let mine = try #require(listed.json["results"]?.elements?.first { $0["id"]?.string == id })
            #expect(mine["last_used_at"] != .null && mine["expires_at"] != .null)
            try await server.pool.run("UPDATE sluice.api_tokens SET expires_at = sluice.clock() WHERE name = 'monitoring'")
            #expect(try await server.send(.get, "/api/v3/connections", headers: limited).status == 401)
            #expect(try await server.send(.post, "/login", body: "token=\(secret)", headers: [:]).status == 401)
            #expect(try await server.send(.delete, "\(path)/\(id)").status == 204)
            #expect(try await server.send(.delete, "\(path)/\(id)").status == 404)
            #expect(try await server.send(.delete, "\(path)/x").status == 400)
            for (body, field) in [(#"{"role":"x"}"#, "role"), (#"{"expires_in_days":0}"#, "expires_in_days"), (#"{"name":""}"#, "name")] {
                let answer = try await server.post(path, body)
                #expect(answer.status == 400 && answer.json["message"]?.string?.hasPrefix(field) == true, "\(answer.text)")
            }
        }
    }

    @Test("sessions are listed with where they came from, and ended one by one or all but the own")
    func sessions() async throws {
        try await Self.with { server in
            _ = try await server.post(
                "/api/v3/users", #"{"email":"vera@example.com","password":"\#(Self.password)","app":"shop","role":"viewer"}"#)
            var own = Self.cookie(try await Self.signIn(server, "vera@example.com", Self.password, [.userAgent: "Firefox"]))
            let other = Self.cookie(try await Self.signIn(server, "vera@example.com", Self.password))
            own[.origin] = "http://127.0.0.1:\(server.port)"
            let listed = try await server.send(.get, "/api/v3/users/me/sessions", headers: own)
            #expect(listed.json["count"] == 2)
            let current = try #require(listed.json["results"]?.elements?.first { $0["current"] == true })
            #expect(current["agent"] == "Firefox" && current["address"] == "127.0.0.1" && current["token"] == .null)
            #expect(try await server.send(.delete, "/api/v3/users/me/sessions", headers: own).json["count"] == 1)
            #expect(try await server.send(.get, "/", headers: own).status == 200)
            #expect(try await server.send(.get, "/", headers: other).status == 303)
            // An administrator ends it.
            let id = try #require(current["id"]?.string)
            #expect(try await server.send(.delete, "/api/v3/users/vera@example.com/sessions/\(id)").status == 204)
            #expect(try await server.send(.get, "/", headers: own).status == 303)
        }
    }

    @Test("a session acts on the API only for this server's own pages: a form or script of another site changes nothing")
    func crossSite() async throws {
        try await Self.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/actions/pause"
            let session = try await server.session(server.token)
            let own = "http://127.0.0.1:\(server.port)"
            for (name, value) in [
                (HTTPField.Name.origin, "https://evil.example"), (.origin, "null"), (.secFetchSite, "cross-site"),
                (.secFetchSite, "same-site"), (.acceptLanguage, "x"), (.origin, "\(own).evil.example"), (.referer, own),
            ] {
                var headers = session
                headers[name] = value
                #expect(try await server.send(.post, path, headers: headers).status == 403, "\(name): \(value)")
            }
            #expect(try await server.store.connection(connection.id)?.state == .idle)
            #expect(try await server.send(.get, "/api/v3/connections", headers: session).status == 200)
            var headers = session
            headers[.origin] = own
            #expect(try await server.send(.post, path, headers: headers).status == 202)
        }
    }

    @Test("roles are given and taken on a connection and on an app; the last administrator stays")
    func access() async throws {
        try await Self.with { server in
            let connection = try await server.connection()
            let base = "/api/v3/connections/\(connection.id.text)"
            let (bob, token) = try await server.store.addUser(email: "bob@example.com", app: "elsewhere")
            let bobs = Self.bearer(token)
            #expect(try await server.send(.get, base, headers: bobs).status == 404)
            let granted = try await server.send(.put, "\(base)/access/bob@example.com", body: #"{"role":"operator"}"#)
            #expect(granted.status == 200 && granted.json["connection_role"] == "operator" && granted.json["app_role"] == .null)
            #expect(try await server.send(.post, "\(base)/actions/pause", headers: bobs).status == 202)
            #expect(try await server.send(.put, "\(base)/access/bob@example.com", body: #"{"role":"admin"}"#, headers: bobs).status == 403)
            let listed = try await server.send(.get, "\(base)/access", headers: bobs)
            #expect(
                listed.json["results"]?.elements?.compactMap { $0["user"]?["email"]?.string } == ["ann@example.com", "bob@example.com"])
            #expect(try await server.send(.delete, "\(base)/access/\(bob.id.text)").status == 204)
            #expect(try await server.send(.delete, "\(base)/access/\(bob.id.text)").status == 404)
            #expect(try await server.send(.get, base, headers: bobs).status == 404)
            #expect(try await server.send(.put, "/api/v3/apps/shop/access/bob@example.com", body: #"{"role":"viewer"}"#).status == 200)
            #expect(try await server.send(.get, base, headers: bobs).status == 200)
            #expect(try await server.send(.delete, "/api/v3/apps/shop/access/bob@example.com").status == 204)
            for body in ["{}", #"{"role":"boss"}"#, #"{"role":null}"#] {
                #expect(try await server.send(.put, "\(base)/access/bob@example.com", body: body).status == 400)
            }
            #expect(try await server.send(.put, "\(base)/access/nobody@example.com", body: #"{"role":"viewer"}"#).status == 404)
            #expect(try await server.send(.patch, "/api/v3/users/ann@example.com", body: #"{"administrator":false}"#).status == 409)
            #expect(try await server.send(.delete, "/api/v3/users/ann@example.com").status == 409)
            #expect(try await server.send(.patch, "/api/v3/users/bob@example.com", body: #"{"administrator":true}"#).status == 200)
            #expect(try await server.send(.delete, "/api/v3/users/ann@example.com").status == 204)
            #expect(try await server.get("/api/v3/connections").status == 401)
        }
    }

    @Test("which variables an app may use, administrators keep, and an app's admin does not")
    func databases() async throws {
        try await Server.with(environment: ["BLUE_URL": "postgres://elsewhere/db", "OTHER": "x"]) { server in
            let path = "/api/v3/apps/shop/databases"
            #expect(try await server.send(.put, "\(path)/BLUE_URL").status == 403)
            try await server.store.setAdministrator(email: "ann@example.com", true)
            #expect(try await server.send(.put, "\(path)/BLUE_URL").status == 204)
            #expect(try await server.get(path).json["results"]?.elements?.map { $0["db_key"]?.string } == ["BLUE_URL"])
            for key in ["OTHER", "SLUICE_SECRET_KEY", "1x"] {
                #expect(try await server.send(.put, "\(path)/\(key)").status == 400, "\(key)")
            }
            #expect(try await server.send(.delete, "\(path)/BLUE_URL").status == 204)
            #expect(try await server.send(.delete, "\(path)/BLUE_URL").status == 404)
        }
    }

    @Test("every change leaves an entry, with what was before and after, from where, and by which token, and no secret")
    func audited() async throws {
        try await Self.with { server in
            let connection = try await server.connection()
            _ = try await server.send(
                .put, "/api/v3/connections/\(connection.id.text)/access/ann@example.com", body: #"{"role":"viewer"}"#)
            let entry = try #require(try await server.store.auditTrail(connection.id).first { $0.action == "access.grant" })
            #expect(
                try JSONValue(parsing: entry.details) == [
                    "user": "ann@example.com", "after": ["role": "viewer"], "before": ["role": .null],
                ])
            let via = "token \(try APIToken.id(of: server.token))"
            #expect(entry.address == "127.0.0.1" && entry.via == via)
            // What no route told of is told by its gate; what changed nothing is not told.
            for route in server.routes() where !route.method.isSafe && route.path.hasPrefix("/api/v3/connections/:connection/actions/re") {
                try await server.pool.run("DELETE FROM sluice.audit_trail")
                let path = route.path.replacing(":connection", with: connection.id.text)
                let answer = try await server.send(route.method, path)
                let count = try await server.pool.query("SELECT FROM sluice.audit_trail").count
                #expect(count == (answer.status < 400 ? 1 : 0), "\(route.path) \(answer.status)")
            }
            _ = try await server.post("/auth/shop")
            #expect(try await server.pool.query("SELECT FROM sluice.audit_trail WHERE action LIKE '%auth%'").isEmpty)
        }
    }

    @Test("what is refused for one thing that it asks changes nothing else")
    func wholeOrNot() async throws {
        try await Self.with { server in
            let account = #""email":"eve@example.com","password":"\#(Self.password)""#
            for (more, field) in [
                (#""app":"no app!""#, "app"), (#""app":"shop","role":"owner""#, "role"), (#""administrator":"yes""#, "administrator"),
            ] {
                let refused = try await server.post("/api/v3/users", "{\(account),\(more)}")
                #expect(
                    refused.status == 400 && refused.json["message"]?.string?.hasPrefix("\(field): expected") == true, "\(refused.text)")
                #expect(try await server.send(.get, "/api/v3/users/eve@example.com").status == 404, "\(field)")
            }
            #expect(
                try await server.post("/api/v3/users", "{\(account),\"app\":\"shop\"}").json["apps"] == [
                    ["name": "shop", "role": "viewer"]
                ])
            for (body, status) in [
                (#"{"password":"another horse battery","administrator":"yes"}"#, 400), (#"{"password":"short","administrator":true}"#, 400),
            ] {
                #expect(try await server.send(.patch, "/api/v3/users/eve@example.com", body: body).status == status)
                #expect(try await Self.signIn(server, "eve@example.com", Self.password).status == 303, "\(body)")
                #expect(try await server.send(.get, "/api/v3/users/eve@example.com").json["administrator"] == false, "\(body)")
            }
            let last = try await server.send(
                .patch, "/api/v3/users/ann@example.com", body: #"{"password":"another horse battery","administrator":false}"#)
            #expect(last.status == 409)
            #expect(try await server.send(.get, "/api/v3/users/ann@example.com").json["password_set_at"] == .null)
        }
    }
}
