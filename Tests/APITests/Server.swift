import Accounts
import Catalog
import Dashboard
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Logging
import Postgres
import Secrets
import TestDatabase
import Testing
import WebServer

@testable import API

/// An API server on a real socket, with a control database of its own and a user who bears a token.
struct Server: Sendable {
    let port: Int
    let store: CatalogStore
    let pool: PostgresPool
    let database: TestDatabase
    let key: SealingKey
    let token: String
    private let client = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))

    /// An answer with its body as text and as JSON.
    struct Answer {
        let status: Int
        let headers: HTTPFields
        let bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    }

    var queue: JobQueue { JobQueue(pool: pool) }

    static func with(
        limits: ServerLimits = ServerLimits(), environment: [String: String] = [:], patience: Duration = .milliseconds(200),
        rates: RateLimits = RateLimits(requestsPerMinute: nil), hidden: Set<HiddenPart> = [], app: ExternalClientApp? = nil,
        signIn: (@Sendable (CatalogStore, SealingKey) -> any OrgSignIn)? = nil, now: @escaping @Sendable () -> Date = { Date() },
        _ body: @Sendable (Server) async throws -> Void
    ) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let pool = database.pool()
            let store = CatalogStore(pool: pool)
            let key = try SealingKey(base64: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
            let (_, token) = try await store.addUser(email: "ann@example.com", app: "shop")
            let variables = ["DATABASE_URL": database.url, "OTHER": "x"].merging(environment) { $1 }
            try await running(
                store: store, key: key, environment: variables, limits: limits, patience: patience, rates: rates, hidden: hidden, app: app,
                signIn: signIn?(store, key),
                now: now
            ) { port in
                try await body(Server(port: port, store: store, pool: pool, database: database, key: key, token: token))
            }
        }
    }

    /// A server over any store; it is stopped when `body` returns.
    static func running(
        store: CatalogStore, key: SealingKey, environment: [String: String] = [:], limits: ServerLimits = ServerLimits(),
        patience: Duration = .seconds(8),
        rates: RateLimits = RateLimits(requestsPerMinute: nil), hidden: Set<HiddenPart> = [], app: ExternalClientApp? = nil,
        signIn: (any OrgSignIn)? = nil,
        now: @escaping @Sendable () -> Date = { Date() }, _ body: (Int) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = APIServer(
            catalog: store, sealingKey: key,
            configuration: APIConfiguration(
                host: "127.0.0.1", port: 0, environment: environment, limits: limits, patience: patience, rates: rates, hidden: hidden,
                app: app, now: now),
            signIn: signIn, pages: pages, logger: TestDatabase.quietLogger, onRunning: { continuation.yield($0) })
        let task = Task {
            defer { continuation.finish() }
            try await server.run()
        }
        guard let port = await ports.first(where: { _ in true }) else { return try await task.value }
        do {
            try await body(port)
            task.cancel()
            _ = await task.result
        } catch {
            task.cancel()
            _ = await task.result
            throw error
        }
    }

    func send(_ method: HTTPRequest.Method, _ path: String, body: String? = nil, headers: HTTPFields? = nil) async throws -> Answer {
        var request = TransferRequest(method: method, url: "http://127.0.0.1:\(port)\(path)")
        request.headers = headers ?? [.authorization: "Bearer \(token)", .contentType: "application/json"]
        if let body { request.body = .bytes(Array(body.utf8)) }
        let answer = try await client.perform(request, maxBody: 64 << 20)
        let faults = DocumentedAnswers.of(self).faults(
            DocumentedAnswers.method(method.rawValue, path), path, status: answer.status, contentType: answer.headers[.contentType],
            body: answer.bytes)
        #expect(faults.isEmpty)
        return Answer(status: answer.status, headers: answer.headers, bytes: answer.bytes)
    }

    /// The same, at another process's port.
    func on(port: Int) -> Server { Server(port: port, store: store, pool: pool, database: database, key: key, token: token) }

    /// The headers of a browser that logged in to the dashboard.
    func session(_ token: String, presenting former: HTTPFields = [:]) async throws -> HTTPFields {
        var headers = former
        headers[.contentType] = "application/x-www-form-urlencoded"
        headers[.accept] = "text/html"
        let answer = try await send(.post, "/login", body: "token=\(token)", headers: headers)
        guard answer.status == 303, let cookie = answer.headers[.setCookie] else { throw RawClient.Failure(description: answer.text) }
        return [.cookie: String(cookie.prefix { $0 != ";" }), .accept: "text/html"]
    }

    private static let pages: APIServer.Pages = { DashboardRoutes(catalog: $0, api: $1, hasStyleguide: true, logger: $2) }

    private var unstarted: APIServer {
        APIServer(
            catalog: store, sealingKey: key, configuration: APIConfiguration(), pages: Self.pages, logger: TestDatabase.quietLogger)
    }

    /// The routes of such a server.
    func routes() -> [RouteRecord] { unstarted.routes }

    /// What they say of themselves.
    func documentation() -> [RouteDocumentation] { unstarted.documentation }

    /// The same as OpenAPI has it.
    func document() -> JSONValue {
        let server = unstarted
        return OpenAPIDocument(table: server.routes, documentation: server.documentation, cookie: SessionCookie.name, base: nil).value
    }

    func get(_ path: String) async throws -> Answer { try await send(.get, path) }

    func post(_ path: String, _ body: String? = nil) async throws -> Answer { try await send(.post, path, body: body) }

    /// A connection that may sync.
    func connection(app: String = "shop", schema: String = "salesforce") async throws -> Connection {
        let new = try NewConnection(appName: app, target: .key("DATABASE_URL"), schemaName: schema)
        let connection = try await store.createConnection(new, sealingKey: key)
        try await store.storeAuthorization(
            connection.id,
            ConnectionAuthorization(
                sealedCredentials: CredentialSeal.seal(["a": "b"], for: connection.id, key: key), environment: "production",
                loginURL: "https://login.example", instanceURL: "https://org.example", username: "int@org",
                organizationID: "00D000000000001AAA", userInfo: #"{"user_id":"005"}"#))
        return connection
    }

    /// A mapping whose first load has ended.
    func mapping(_ connection: Connection, _ object: String = "Account", access: String = "read_write") async throws -> Mapping {
        let config = try MappingConfig(
            json: #"{"access":"\#(access)","sf_polling_seconds":600,"fields":{"Id":{},"Name":{}},"indexes":{"Id":{"unique":true}}}"#)
        let (mapping, _) = try await store.upsertMapping(connection.id, objectName: object, config: config)
        try await store.updateMapping(
            mapping.id,
            MappingUpdate(state: .dataSynced, watermark: Date(), nextPoll: .afterInterval, dbCount: 12_345, moments: [.sfPolled]))
        return try await store.mapping(mapping.id) ?? mapping
    }
}

extension UUID {
    /// As the API writes it.
    var text: String { uuidString.lowercased() }
}

extension JSONValue {
    /// The keys of an object.
    var keys: Set<String> { Set((members ?? []).map(\.key)) }
}
