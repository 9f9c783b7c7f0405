import Accounts
import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import Salesforce
import SandboxOrg
import Secrets
import SyncJournal
import TestDatabase
import Testing
import WebServer

@testable import API

@Suite("Signing in to Salesforce by browser", .timeLimit(.minutes(20)))
struct SignInTests {
    @Test("a person goes to Salesforce and comes back: the connection is authorized, and the browser ends where the CLI waits")
    func signsIn() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            let page = try await world.begin(connection)
            let parts = try #require(URLComponents(string: page))
            #expect(page.hasPrefix(world.org.url + "/services/oauth2/authorize?"))
            let asked = Dictionary(uniqueKeysWithValues: (parts.queryItems ?? []).map { ($0.name, $0.value ?? "") })
            #expect(asked["response_type"] == "code" && asked["code_challenge_method"] == "S256" && asked["client_id"] == "sandbox-client")
            #expect(
                asked["redirect_uri"] == "http://127.0.0.1:\(world.server.port)/oauth/callback" && asked["scope"] == "api refresh_token")
            let answer = try await world.arrive(world.consent(page))
            #expect(answer.status == 303 && answer.headers[.location] == "http://localhost:18000", "\(answer.text)")
            #expect(answer.headers[.referrerPolicy] == "no-referrer")
            let stored = try await world.stored(connection)
            #expect(stored.state == .idle && stored.username == "admin@sandbox.example" && stored.environment == "custom")
            #expect(stored.organizationID?.hasPrefix("00D") == true && stored.loginURL == world.org.url)
            let credentials = try await world.credentials(connection)
            guard case .refreshToken(_, "sandbox-client", "sandbox-secret") = credentials else {
                throw RawClient.Failure(description: "\(credentials)")
            }
            #expect(try await world.logsIn(credentials))
            let audit = try await world.server.store.auditTrail(connection.id).map { ($0.action, $0.details) }
            #expect(audit.map(\.0) == ["connection.authorize", "connection.authorize_url"])
            #expect(audit[0].1.contains(#""before""#) && audit[0].1.contains("admin@sandbox.example"))
        }
    }

    @Test("what a browser must not know stays here, and what is kept meanwhile is sealed")
    func secrets() async throws {
        try await SignInWorld.with { world in
            let page = try await world.begin(try await world.connection())
            let row = try await world.server.pool.query("SELECT s::text AS row FROM sluice.sign_ins s")[0].decode("row", as: String.self)
            let state = try #require(SignInWorld.parameter("state", of: page))
            let challenge = try #require(SignInWorld.parameter("code_challenge", of: page))
            for secret in ["sandbox-secret", state, challenge] { #expect(!row.contains(secret)) }
            #expect(!page.contains("sandbox-secret") && !page.contains("verifier"))
            let other = try await world.begin(try await world.connection(schema: "two"))
            #expect(SignInWorld.parameter("state", of: other) != state && SignInWorld.parameter("code_challenge", of: other) != challenge)
        }
    }

    @Test("environments lead to their hosts; keys that mean nothing here are let be, as some clients send them")
    func environments() async throws {
        try await SignInWorld.with { world in
            let path = "/api/v3/connections/\(try await world.connection().id.text)/authorize_url"
            let document = world.server.document()
            let operation = document["paths"]?["/api/v3/connections/{connection}/authorize_url"]?["post"]
            let schema = try #require(operation?["requestBody"]?["content"]?["application/json"]?["schema"])
            func isDocumented(_ body: String) throws -> Bool {
                try SchemaValidator(document: document).faults(of: JSONValue(parsing: body), against: schema).isEmpty
            }
            for (body, host) in [
                (#"{}"#, "https://login.salesforce.com/"),
                (#"{"environment":"production","next":"http://localhost:18000"}"#, "https://login.salesforce.com/"),
                (#"{"environment":"sandbox","domain":"x.example"}"#, "https://test.salesforce.com/"), ("", "https://login.salesforce.com/"),
                (#"{"environment":"custom","domain":"acme.my.salesforce.com","redirect":"x"}"#, "https://acme.my.salesforce.com/"),
                (#"{"next":"/connections?a=b","api_version":"61"}"#, "https://login.salesforce.com/"),
            ] {
                let answer = try await world.server.post(path, body)
                #expect(answer.status == 201 && answer.json["redirect"]?.string?.hasPrefix(host) == true, "\(body): \(answer.text)")
                #expect(try body.isEmpty || isDocumented(body), "\(body)")
            }
            let unforeseen = [#"{"next":"https://evil.example"}"#, #"{"environment":"custom","domain":"evil.example"}"#]
            for (body, field) in [
                (#"{"environment":"custom"}"#, "domain"), (#"{"environment":"prod"}"#, "environment"),
                (#"{"environment":1}"#, "environment"),
                (#"{"next":"https://evil.example"}"#, "next"), (#"{"next":["x"]}"#, "next"), (#"{"api_version":"sixty"}"#, "api_version"),
                (#"{"environment":"custom","domain":"evil.example"}"#, "domain"), (#"{"accept_missing":"yes"}"#, "accept_missing"),
                ("[]", "the body"), (#"{"next":""}"#, "next"), (#"{"next":"//evil.example"}"#, "next"),
                (#"{"next":"/a b"}"#, "next"), (#"{"next":"/\\evil.example"}"#, "next"), (#"{"next":"/\u00e9"}"#, "next"),
                (#"{"next":"/\#(String(repeating: "a", count: 2000))"}"#, "next"), (#"{"next":"javascript:alert(1)"}"#, "next"),
                (#"{"api_version":"\u0666\u0660"}"#, "api_version"), (#"{"client_id":""}"#, "client_id"),
                (#"{"client_secret":7}"#, "client_secret"), (#"{"environment":"custom","domain":"a b"}"#, "domain"),
            ] {
                let answer = try await world.server.post(path, body)
                #expect(
                    answer.status == 400 && answer.json["message"]?.string?.hasPrefix("\(field): expected") == true,
                    "\(body): \(answer.text)")
                // Which hosts may be named is an operator's to say, and no schema's.
                #expect(try isDocumented(body) == unforeseen.contains(body), "\(body)")
            }
        }
    }

    @Test("a state is good once, for a quarter of an hour, as it was given out, and for its own code only")
    func states() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            func refused(_ path: String, _ why: Comment) async throws {
                let answer = try await world.arrive(path)
                #expect(answer.status == 400, why)
                #expect(try await world.stored(connection).credentialsSealed == nil, why)
            }
            let first = try await world.consent(world.begin(connection))
            let code = try #require(SignInWorld.parameter("code", of: first))
            let state = try #require(SignInWorld.parameter("state", of: first))
            try await refused("/oauth/callback", "no state")
            try await refused("/oauth/callback?code=\(code)", "no state beside a code")
            try await refused("/oauth/callback?code=\(code)&state=v1.AAAA", "a state of one's own")
            try await refused("/oauth/callback?code=\(code)&state=\(state.dropLast(4))AAAA", "a state that was changed")
            let foreign = try world.server.key.seal(Array("x".utf8), context: "dashboard.session:2")
            try await refused("/oauth/callback?code=\(code)&state=\(foreign)", "something else that was sealed here")
            // Another sign-in's code does not fit this one's verifier, and the state is spent by the attempt.
            let second = try await world.consent(world.begin(connection))
            let stolen = try #require(SignInWorld.parameter("code", of: second))
            try await refused("/oauth/callback?code=\(stolen)&state=\(state)", "another's code")
            try await refused(first, "a state that was used")
            let late = try await world.consent(world.begin(connection))
            try await world.server.pool.run("UPDATE sluice.sign_ins SET expires_at = sluice.clock()")
            try await refused(late, "a state that came too late")
            #expect(try await world.arrive(world.consent(world.begin(connection))).status == 303)
            #expect(try await world.server.pool.query("SELECT FROM sluice.sign_ins").isEmpty)
        }
    }

    @Test("of two that bring the same answer at once one is taken")
    func race() async throws {
        try await SignInWorld.with { world in
            let path = try await world.consent(world.begin(try await world.connection()))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await world.arrive(path).status } }
                return try await group.reduce(into: []) { $0.append($1) }.sorted()
            }
            #expect(statuses == [303] + Array(repeating: 400, count: 7))
        }
    }

    @Test("who lost his role meanwhile has no sign-in left")
    func revokedMeanwhile() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            let path = try await world.consent(world.begin(connection))
            _ = try await world.server.store.addUser(email: "ann@example.com", app: "shop", role: .operator)
            #expect(try await world.arrive(path).status == 400)
            #expect(try await world.stored(connection).credentialsSealed == nil)
        }
    }

    @Test("what a browser's session began, only that session ends: nobody can lay his own sign-in on another")
    func boundToBrowser() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            var session = try await world.server.session(world.server.token)
            session[.contentType] = "application/json"
            session[.origin] = "http://127.0.0.1:\(world.server.port)"
            for stranger in [[.accept: "text/html"] as HTTPFields, try await world.server.session(world.server.token)] {
                let path = try await world.consent(world.begin(connection, next: nil, headers: session))
                #expect(try await world.arrive(path, headers: stranger).status == 403)
                #expect(try await world.stored(connection).credentialsSealed == nil)
            }
            let path = try await world.consent(world.begin(connection, next: nil, headers: session))
            let answer = try await world.arrive(path, headers: session)
            #expect(answer.status == 303)
            #expect(answer.headers[.location] == "http://127.0.0.1:\(world.server.port)/connections/\(connection.id.text)")
        }
    }

    @Test("a refusal reaches whoever waits, with Salesforce's reason, and changes nothing")
    func denied() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            let answer = try await world.arrive(world.consent(world.begin(connection), decision: "deny"))
            #expect(answer.status == 303)
            let location = try #require(answer.headers[.location])
            #expect(location.hasPrefix("http://localhost:18000?") && SignInWorld.parameter("error", of: location) == "access_denied")
            #expect(try await world.stored(connection).credentialsSealed == nil)
        }
    }

    @Test("a user who may not read what is mapped changes nothing and is told what; told to accept it, he is taken")
    func missing() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            #expect(try await world.arrive(world.consent(world.begin(connection))).status == 303)
            let config = try MappingConfig(
                json:
                    #"{"access":"read_only","sf_polling_seconds":600,"fields":{"Id":{},"Name":{},"Nope__c":{},"Neither__c":{}},"indexes":{"Id":{"unique":true}}}"#
            )
            _ = try await world.server.store.upsertMapping(connection.id, objectName: "Account", config: config)
            _ = try await world.server.mapping(connection, "Contact")
            _ = try await world.server.mapping(connection, "Ghost__c")
            let before = try await world.stored(connection)
            let answer = try await world.arrive(world.consent(world.begin(connection)))
            #expect(answer.status == 409)
            for text in [
                "<strong>Account</strong>: Nope__c, Neither__c", "<strong>Ghost__c</strong>: the whole object", "Nothing was changed",
            ] {
                #expect(answer.text.contains(text), "\(text)")
            }
            #expect(!answer.text.contains("<strong>Contact"))
            let after = try await world.stored(connection)
            #expect(after.credentialsSealed == before.credentialsSealed && after.authUpdatedAt == before.authUpdatedAt)
            #expect(try await world.logsIn(world.credentials(connection)))
            #expect(try await world.arrive(world.consent(world.begin(connection, #","accept_missing":true"#))).status == 303)
            #expect(try await world.stored(connection).credentialsSealed != before.credentialsSealed)
            #expect(try await world.server.store.auditTrail(connection.id)[0].details.contains("Ghost__c"))
        }
    }

    @Test("signing in again keeps mappings, watermarks and states")
    func again() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            #expect(try await world.arrive(world.consent(world.begin(connection))).status == 303)
            let mapping = try await world.server.mapping(connection)
            let first = try await world.stored(connection)
            #expect(try await world.arrive(world.consent(world.begin(connection))).status == 303)
            let (again, second) = (try #require(try await world.server.store.mapping(mapping.id)), try await world.stored(connection))
            #expect(again.state == mapping.state && again.watermark == mapping.watermark && again.config.fields == mapping.config.fields)
            #expect(second.credentialsSealed != first.credentialsSealed && second.schemaName == first.schemaName)
        }
    }

    @Test("another org than the one whose records are mapped is refused")
    func otherOrg() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.server.connection()
            _ = try await world.server.mapping(connection)
            let answer = try await world.arrive(world.consent(world.begin(connection)))
            #expect(answer.status == 409 && answer.text.contains("00D000000000001AAA"))
            #expect(try await world.stored(connection).organizationID == "00D000000000001AAA")
        }
    }

    @Test("without an app nobody is sent anywhere, and is told how to make one")
    func noApp() async throws {
        try await Server.with { server in
            let answer = try await server.post("/api/v3/connections/\(try await server.connection().id.text)/authorize_url", "{}")
            #expect(answer.status == 503 && answer.json["code"] == "configuration")
        }
    }

    // MARK: - Without a browser

    @Test("grants that need no browser are taken by the API as by the command line")
    func grants() async throws {
        try await SignInWorld.with { world in
            let given = try await world.refreshToken()
            for (index, (grant, kind)) in [
                (#""grant":"client_credentials""#, "client credentials"),
                (#""grant":"client_credentials","client_id":"sandbox-client","client_secret":"sandbox-secret""#, "client credentials"),
                (
                    #""grant":"password","username":"admin@sandbox.example","password":"sandbox-password""#,
                    "password of admin@sandbox.example"
                ),
                (#""grant":"refresh_token","refresh_token":"\#(given)""#, "refresh token"),
            ].enumerated() {
                let connection = try await world.connection(schema: "s\(index)")
                let answer = try await world.server.post(
                    "/api/v3/connections/\(connection.id.text)/actions/authorize",
                    #"{"environment":"custom","domain":"\#(world.org.url)",\#(grant)}"#)
                #expect(answer.status == 200 && answer.json["username"] == "admin@sandbox.example", "\(grant): \(answer.text)")
                #expect(try await world.credentials(connection).description == kind)
                let told = try await world.server.store.auditTrail(connection.id).map(\.details).joined() + answer.text
                for secret in ["sandbox-secret", "sandbox-password", given] { #expect(!told.contains(secret)) }
            }
        }
    }

    @Test("a grant that Salesforce refuses, or that lacks something, says what, and changes nothing")
    func refusedGrants() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            let cases: [(String, String)] = [
                (
                    #""grant":"client_credentials","client_id":"sandbox-client","client_secret":"wrong""#,
                    "Salesforce: invalid client credentials"
                ),
                (#""grant":"refresh_token","refresh_token":"5Aep861none""#, "Salesforce: expired access/refresh token"),
                (#""grant":"refresh_token""#, "refresh_token: expected a refresh token"), (#""grant":"jwt""#, "username: expected"),
                (#""grant":"jwt","username":"x""#, "private_key: expected"),
                (#""grant":"jwt","username":"x","private_key":"no PEM""#, "Salesforce: the JWT"),
                (#""grant":"magic""#, "grant: expected"), (#""x":1"#, "grant: expected"), (#""grant":{}"#, "grant: expected a string"),
            ]
            for (grant, message) in cases {
                let answer = try await world.server.post(
                    "/api/v3/connections/\(connection.id.text)/actions/authorize",
                    #"{"environment":"custom","domain":"\#(world.org.url)",\#(grant)}"#)
                #expect(answer.status == 400 && answer.json["message"]?.string?.hasPrefix(message) == true, "\(grant): \(answer.text)")
            }
            #expect(try await world.stored(connection).credentialsSealed == nil)
        }
    }
}
