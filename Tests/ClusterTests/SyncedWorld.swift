import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import Testing

/// A connection of a world to a sandbox org of its own, with Account mapped both ways.
struct SyncedWorld {
    let world: ClusterWorld
    let connection: String
    /// The org's process.
    let org: ProcessUnderTest
    private let orgURL: String
    private let client = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
    private static let variables: [String: String?] = [
        "SALESFORCE_CLIENT_ID": "sandbox-client", "SALESFORCE_CLIENT_SECRET": "sandbox-secret",
    ]
    private static let mapping =
        #"{"object_name": "Account", "config": {"access": "read_write", "sf_polling_seconds": 2, "fields": {"Id": {}, "SystemModstamp": {}, "IsDeleted": {}, "Name": {}}}}"#

    /// Makes org, connection and mapping; nothing is loaded until processes run.
    ///
    /// - Parameters:
    ///   - target: the target database's URL.
    ///   - more: variables of the API that takes the mapping.
    ///   - headers: of the request that brings it.
    init(
        _ world: ClusterWorld, target: String, rows: Int = 20, _ more: [String: String?] = [:], headers: HTTPFields = [:]
    ) async throws {
        self.world = world
        org = try world.start("sandbox-org", ["serve", "--port", "0", "--rows", "Account=\(rows)"])
        let process = org
        try await eventually { process.output.contains("instance_url") }
        let url = try #require(process.output.firstMatch(of: #/"instance_url":"([^"]+)"/#)?.1)
        orgURL = String(url)
        connection = try await world.run(["connection", "create", "--app", "a", "--database-url", target])
        try await world.run(
            ["connection", "authorize", connection, "--grant", "client_credentials", "--environment", "custom", "--login-url", orgURL],
            Self.variables)
        let token = try await world.run(["user", "add", "ann@example.com", "--app", "a"])
        let port = Int(try CutOffProxy.freePort())
        let api = try world.start("sluice", ["api", "--port", "\(port)", "--host", "127.0.0.1"], more)
        try await eventually { await HealthCheck(port: port, path: "/readyz").status() == 200 }
        var fields = headers
        fields[.authorization] = "Bearer \(token)"
        fields[.contentType] = "application/json"
        let imported = try await client.perform(
            TransferRequest(
                method: .post, url: "http://127.0.0.1:\(port)/api/v3/connections/\(connection)/actions/import",
                headers: fields,
                body: .bytes(Array(#"{"version": 1, "mappings": [\#(Self.mapping)]}"#.utf8))), maxBody: 100_000)
        #expect(imported.status == 202)
        api.send(SIGTERM)
        _ = try await api.exitStatus()
    }

    /// A scheduler and a worker.
    func start(_ more: [String: String?] = [:]) throws -> [ProcessUnderTest] {
        try ["scheduler", "worker"].map { try world.start("sluice", [$0], Self.variables.merging(more) { $1 }) }
    }

    func stop(_ processes: [ProcessUnderTest]) async throws {
        for process in processes { process.send(SIGTERM) }
        for process in processes { #expect(try await process.exitStatus() == 0) }
    }

    /// Accounts of the org with this name.
    func accounts(named name: String) async throws -> Int {
        let login = try await client.perform(
            TransferRequest(
                method: .post, url: "\(orgURL)/services/oauth2/token", headers: [.contentType: "application/x-www-form-urlencoded"],
                body: .bytes(Array("grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret".utf8))),
            maxBody: 100_000)
        let token = try #require(String(decoding: login.bytes, as: UTF8.self).firstMatch(of: #/"access_token":\s*"([^"]+)"/#)?.1)
        let soql = "SELECT Id FROM Account WHERE Name = '\(name)'".addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let found = try await client.perform(
            TransferRequest(
                method: .get, url: "\(orgURL)/services/data/v61.0/query?q=\(soql)", headers: [.authorization: "Bearer \(token)"]),
            maxBody: 1_000_000)
        let text = String(decoding: found.bytes, as: UTF8.self)
        return try #require(text.firstMatch(of: #/"totalSize":\s*(\d+)/#).flatMap { Int($0.output.1) }, "\(text.prefix(300))")
    }
}
