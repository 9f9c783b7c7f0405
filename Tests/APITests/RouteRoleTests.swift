import Accounts
import Catalog
import Cluster
import Foundation
import HTTPTransport
import HTTPTypes
import Hummingbird
import JobQueue
import TestDatabase
import Testing
import WebServer

@testable import API

@Suite("Every route lets in whom its gate names, and nobody else", .timeLimit(.minutes(20)))
struct RouteRoleTests {
    /// Somebody who knocks.
    private struct Caller {
        let name: String
        let token: String?
        let role: Role?
        let isAdministrator: Bool
        var headers: HTTPFields = [:]
        var session: HTTPFields = [:]

        /// What this caller must meet at a gate: nil is to be let in.
        func refusal(at gate: RouteGate) -> Int? {
            switch gate {
            case .anyone: nil
            case .signedIn: token == nil ? 401 : nil
            case .administrator: token == nil ? 401 : isAdministrator ? nil : 403
            case .anywhere(let needed): token == nil ? 401 : role.map { $0 >= needed } ?? false ? nil : 403
            case .role(let needed): token == nil ? 401 : role.map { $0 >= needed ? nil : 403 } ?? 404
            }
        }
    }

    @Test("each route with each role: without a token 401, what is another's 404, a role too small 403")
    func walk() async throws {
        let http = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
        try await Server.with(signIn: { SalesforceSignIn(catalog: $0, sealingKey: $1, http: http, app: nil) }) { server in
            let callers = try await Self.callers(server)
            // Pages first: one may end one's own sessions through the API.
            let routes = server.routes().filter(\.isPage) + server.routes().filter { !$0.isPage }
            for (index, route) in routes.enumerated() where route.gate != .anyone {
                let place = try await Self.place(server, number: index)
                // From the least to the first that is let in: whoever has more than that is let in likewise.
                for caller in callers {
                    let expected = caller.refusal(at: route.gate)
                    let found = try await Self.knock(server, route, caller, place.path(of: route.path))
                    if let expected {
                        #expect(found == expected, "\(route.method) \(route.path) as \(caller.name)")
                    } else {
                        // Without a worker nobody asks the org.
                        let isAsked = route.path.hasSuffix("/supported-objects") && found == 503
                        #expect(
                            found != 401 && found != 403 && (found < 500 || isAsked),
                            "\(route.method) \(route.path) as \(caller.name): \(found)")
                        // Nobody verified the mapping yet, which is answered by 404 too.
                        let isThere = place.namesAll(of: route.path) && !route.path.hasSuffix("/verification")
                        if isThere { #expect(found != 404, "\(route.method) \(route.path) as \(caller.name)") }
                        break
                    }
                }
            }
        }
    }

    @Test("only what a client needs before it signs in, or what proves itself otherwise, is open to anybody")
    func open() async throws {
        try await Server.with { server in
            let found = Set(server.routes().filter { $0.gate == .anyone }.map { "\($0.method) \($0.path)" })
            let meant: Set = [
                "GET /healthz", "GET /readyz", "GET /metrics", "GET /login", "POST /login", "POST /logout", "GET /assets/dashboard.css",
                "GET /assets/dashboard.js", "GET /docs", "GET /openapi.json", "GET /oauth/callback", "GET /assets/docs.css",
                "GET /assets/docs.js",
            ]
            #expect(found.subtracting(meant).isEmpty)
        }
    }

    @Test("a role on one connection holds there in place of the app's, and reaches no other")
    func oneConnection() async throws {
        try await Server.with { server in
            let (first, second) = (try await server.connection(), try await server.connection(schema: "second"))
            let (ann, _) = try await server.store.addUser(email: "ann@example.com", app: "shop", role: .admin)
            let (bob, token) = try await server.store.addUser(email: "bob@example.com", app: "elsewhere")
            try await server.store.setAccess(of: ann.id, connection: first.id, role: .viewer)
            try await server.store.setAccess(of: bob.id, connection: first.id, role: .operator)
            let headers: HTTPFields = [.authorization: "Bearer \(token)"]
            func pause(_ connection: Connection, _ headers: HTTPFields? = nil) async throws -> Int {
                try await server.send(.post, "/api/v3/connections/\(connection.id.text)/actions/pause", headers: headers).status
            }
            #expect(try await pause(first) == 403)
            #expect(try await pause(second) == 202)
            #expect(try await pause(first, headers) == 202)
            #expect(try await pause(second, headers) == 404)
            let listed = try await server.send(.get, "/api/v3/connections", headers: headers)
            #expect(listed.json["results"]?.elements?.map { $0["id"]?.string } == [first.id.text])
        }
    }

    @Test("linking to an app by POST /auth gives nothing that was not granted")
    func linking() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let (_, viewer) = try await server.store.addUser(email: "vera@example.com", app: "shop", role: .viewer)
            let (_, stranger) = try await server.store.addUser(email: "bob@example.com", app: "elsewhere")
            for path in ["/auth/shop", "/api/v3/auth/shop", "/api/v3/users/me/apps/shop/auth"] {
                for token in [viewer, stranger] {
                    #expect(try await server.send(.post, path, headers: [.authorization: "Bearer \(token)"]).status == 200)
                }
            }
            let pause = "/api/v3/connections/\(connection.id.text)/actions/pause"
            #expect(try await server.send(.post, pause, headers: [.authorization: "Bearer \(viewer)"]).status == 403)
            #expect(try await server.send(.post, pause, headers: [.authorization: "Bearer \(stranger)"]).status == 404)
        }
    }

    // MARK: -

    private static func callers(_ server: Server) async throws -> [Caller] {
        var callers = [Caller(name: "nobody", token: nil, role: nil, isAdministrator: false)]
        let (_, stranger) = try await server.store.addUser(email: "stranger@example.com", app: "elsewhere", role: .viewer)
        callers.append(Caller(name: "a stranger", token: stranger, role: nil, isAdministrator: false))
        for role in Role.allCases {
            let (_, token) = try await server.store.addUser(email: "\(role)@example.com", app: "shop", role: role)
            callers.append(Caller(name: "\(role)", token: token, role: role, isAdministrator: false))
        }
        let (_, token) = try await server.store.addUser(email: "keeper@example.com", app: "elsewhere", role: .viewer)
        try await server.store.setAdministrator(email: "keeper@example.com", true)
        callers.append(Caller(name: "an administrator", token: token, role: .admin, isAdministrator: true))
        for index in callers.indices {
            guard let token = callers[index].token else { continue }
            callers[index].headers = [.authorization: "Bearer \(token)", .contentType: "application/json"]
            callers[index].session = try await server.session(token)
        }
        return callers
    }

    /// The status that the gate or what is behind it answers; a page that sends to the log-in is a 401 to a browser.
    private static func knock(_ server: Server, _ route: RouteRecord, _ caller: Caller, _ path: String) async throws -> Int {
        let isPage = !path.hasPrefix("/api/") && !path.hasPrefix("/auth/") && path != "/connections"
        // HEAD is answered by the same gate and handler as GET, and ends where a stream does not.
        let method = route.method == .get ? HTTPRequest.Method.head : route.method
        let answer = try await server.send(
            method, path, body: route.method == .get ? nil : "", headers: isPage ? caller.session : caller.headers)
        return answer.status == 303 && answer.headers[.location] == "/login" ? 401 : answer.status
    }

    /// What the paths of one route name.
    private struct Place {
        let values: [String: String]

        func path(of template: String) -> String {
            template.split(separator: "/", omittingEmptySubsequences: false).map { part in
                part.hasPrefix(":") ? values[String(part.dropFirst())] ?? UUID().text : String(part)
            }.joined(separator: "/")
        }

        func namesAll(of template: String) -> Bool {
            template.split(separator: "/").filter { $0.hasPrefix(":") }.allSatisfy { values[String($0.dropFirst())] != nil }
        }
    }

    private static func place(_ server: Server, number: Int) async throws -> Place {
        let connection = try await server.connection(schema: "s\(number)")
        let mapping = try await server.mapping(connection)
        let job = try #require(try await server.queue.enqueue([NewJob.poll(mapping, requestedBy: "test")])[0])
        return Place(values: ["connection": connection.id.text, "mapping": mapping.id.text, "app": "shop", "job": String(job)])
    }
}
