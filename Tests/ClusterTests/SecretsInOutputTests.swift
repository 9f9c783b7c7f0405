import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import Secrets
import TestDatabase
import Testing

@Suite("No process tells a secret")
struct SecretsInOutputTests {
    /// The key's bytes are such that none of its forms occurs by chance.
    private static let keyBytes = Array("unsealable-unseen-unsaid-unknown".utf8)
    private static let secrets = [
        "password": "hidden-in-url", "target": "hidden-in-target", "metrics": "hidden-metrics-token", "refresh": "5Aep861hidden-refresh",
        "other": "hidden-in-another-variable", "collector": "hidden-collector-key",
    ]

    /// The words that nothing may contain: what the processes were given, and what is in every token that the org gives.
    private static let words =
        secrets.values + ["sandbox-secret", "sandbox-password", "!AQ", "5Aep861", "PRIVATE KEY", keyPEMLine, "Bearer s"]
        + [
            Base64.encode(keyBytes), Base64.encodeURLSafe(keyBytes), Hex.encode(keyBytes), String(decoding: keyBytes, as: UTF8.self),
            keyBytes.prefix(6).map { "\($0)" }.joined(separator: ", "),
        ]
    private static let keyPEMLine = "MIIhiddenBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCYzrrW71lRB2DD"
    private static let pem = "-----BEGIN PRIVATE KEY-----\n\(keyPEMLine)\n-----END PRIVATE KEY-----"

    private static func variables(_ world: ClusterWorld, level: String) -> [String: String?] {
        [
            "DATABASE_URL": withPassword(world.database.url, "password"), "SLUICE_SECRET_KEY": Base64.encode(keyBytes), "LOG_LEVEL": level,
            "SLUICE_METRICS_TOKEN": secrets["metrics"], "SALESFORCE_CLIENT_ID": "sandbox-client",
            "SALESFORCE_CLIENT_SECRET": "sandbox-secret", "SALESFORCE_PASSWORD": "sandbox-password",
            "SALESFORCE_REFRESH_TOKEN": secrets["refresh"], "SALESFORCE_JWT_KEY": pem, "SOME_OTHER": secrets["other"],
            "LOG_FORMAT": ["trace": "json", "debug": "logfmt", "info": "text", "notice": "json", "warning": "logfmt"][level],
            // Nobody takes them, which is told.
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_HEADERS": "x-key=\(secrets["collector"] ?? "")",
        ]
    }

    /// The same address with a password, which the tests' server does not ask for.
    private static func withPassword(_ url: String, _ name: String) -> String {
        var address = URLComponents(string: url)
        address?.password = secrets[name]
        return address?.string ?? ""
    }

    @Test(
        "at start, work, failure and stop, at every level, nor does the database tell one",
        arguments: ["trace", "debug", "info", "notice", "warning", "error", "critical"])
    func everyLevel(_ level: String) async throws {
        try await ClusterWorld.with(migrated: false) { world in
            let variables = Self.variables(world, level: level)
            var processes: [ProcessUnderTest] = []
            func start(_ arguments: [String], _ changes: [String: String?] = [:]) throws -> ProcessUnderTest {
                let process = try world.start("sluice", arguments, variables.merging(changes) { $1 })
                processes.append(process)
                return process
            }
            func run(_ arguments: [String], _ changes: [String: String?] = [:]) async throws -> (status: Int32, output: String) {
                let process = try start(arguments, changes)
                let status = try await process.exitStatus()
                return (status, process.output.trimmingCharacters(in: .whitespacesAndNewlines))
            }

            let org = try world.start("sandbox-org", ["serve", "--port", "0", "--rows", "Account=20"])
            try await eventually { org.output.contains("instance_url") }
            let orgURL = try #require(org.output.firstMatch(of: #/"instance_url":"([^"]+)"/#)?.1)
            #expect(try await run(["migrate"]).status == 0)
            let target = Self.withPassword(world.database.url, "target")
            let id = try await run(["connection", "create", "--app", "a", "--database-url", target]).output
            let authorize = ["connection", "authorize", id, "--environment", "custom", "--login-url", String(orgURL)]
            let asUser = ["--grant", "password", "--username", "admin@sandbox.example"]
            // Refused: another password, a refresh token that the org never gave, a key that is none.
            for refused in [
                asUser + ["--password", "hidden-in-url"], ["--grant", "refresh_token"], ["--grant", "jwt", "--username", "u"],
            ] {
                #expect(try await run(authorize + refused).status != 0)
            }
            #expect(try await run(authorize + asUser).status == 0)
            // Its token is printed on purpose; so what this command says on stdout is not looked at.
            let token = try await run(["user", "add", "ann@example.com", "--app", "a"]).output
            try await failures(run, world)

            let port = try CutOffProxy.freePort()
            let services = [
                try start(["api", "--port", "\(port)", "--host", "127.0.0.1"]), try start(["scheduler"]), try start(["worker"]),
            ]
            let api = "http://127.0.0.1:\(port)"
            try await eventually { (try? await call(.get, api + "/healthz", token: "")) == 200 }
            let mapping =
                #"{"object_name": "Account", "config": {"access": "read_write", "sf_polling_seconds": 2, "fields": {"Id": {}, "SystemModstamp": {}, "IsDeleted": {}, "Name": {}}}}"#
            #expect(
                try await call(
                    .post, "\(api)/api/v3/connections/\(id)/actions/import", token: token, #"{"version": 1, "mappings": [\#(mapping)]}"#)
                    == 202)
            for (path, bearer) in [
                ("/api/v3/connections", "hidden-in-url"), ("/metrics", "hidden-in-url"), ("/metrics", "hidden-metrics-token"),
            ] {
                _ = try await call(.get, api + path, token: bearer)
            }
            try await world.reaches(1, "SELECT count(*) FROM sluice.mappings WHERE state = 'DATA_SYNCED'")
            try await world.pool.run("INSERT INTO salesforce.account (name) VALUES ('from Postgres')")
            try await world.reaches(1, "SELECT count(*) FROM salesforce.account WHERE name = 'from Postgres' AND sfid IS NOT NULL")
            // The org goes away, and then the target.
            org.send(SIGTERM)
            try await world.reaches(1, "SELECT count(*) FROM sluice.jobs WHERE last_error IS NOT NULL")
            try await world.terminateBackends()
            for service in services { service.send(SIGTERM) }
            for service in services { _ = try await service.exitStatus() }

            for process in processes {
                for (name, text) in [("stderr", process.errors), ("stdout", process.output)]
                where text.trimmingCharacters(in: .whitespacesAndNewlines) != token {
                    Self.check(text, token, "\(name) at \(level)")
                }
            }
            Self.check(try await Self.stored(world), token, "the control database")
        }
    }

    /// Commands and processes that fail at start.
    private func failures(
        _ run: ([String], [String: String?]) async throws -> (status: Int32, output: String), _ world: ClusterWorld
    ) async throws {
        let unreachable = "postgres://sluice:hidden-in-url@127.0.0.1:1/db"
        #expect(try await run(["status"], ["DATABASE_URL": unreachable]).status != 0)
        for malformed in [
            "postgres://sluice:hidden-in-url@host:port/db", "postgres://sluice:x@hidden-in-url@127.0.0.1/db",
            "postgres://sluice:1/hidden-in-url@127.0.0.1/db", "host=127.0.0.1 password='hidden-in-url", "hidden-in-url",
        ] {
            for command in [["worker"], ["status"]] { #expect(try await run(command, ["DATABASE_URL": malformed]).status == 78) }
            #expect(try await run(["connection", "create", "--app", "a", "--database-url", malformed], [:]).status != 0)
        }
        #expect(try await run(["worker"], ["SLUICE_SECRET_KEY": "hidden-in-url"]).status == 78)
        let missing = URL(string: world.database.url)?.deletingLastPathComponent().appending(component: "no_such_database").absoluteString
        #expect(try await run(["worker"], ["DATABASE_URL": Self.withPassword(missing ?? "", "password")]).status != 0)
    }

    private func call(_ method: HTTPRequest.Method, _ url: String, token: String, _ body: String? = nil) async throws -> Int {
        let client = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
        defer { client.shutdown() }
        let request = TransferRequest(
            method: method, url: url, headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
            body: body.map { .bytes(Array($0.utf8)) } ?? .none)
        return try await client.perform(request, maxBody: 10_000_000).status
    }

    private static func check(_ text: String, _ token: String, _ place: String) {
        for word in words + [token] where text.contains(word) {
            let line = text.split(separator: "\n").first { $0.contains(word) } ?? ""
            Issue.record("\(place) tells \(word): \(line.prefix(2000))")
        }
    }

    /// All that people are shown of the control database.
    private static func stored(_ world: ClusterWorld) async throws -> String {
        var text = ""
        for table in [
            "connections", "mappings", "events", "notifications", "audit_trail", "all_jobs", "workers", "unserved", "users", "api_tokens",
            "schedules",
        ] {
            text += try await world.pool.query(PostgresQuery(sql: "SELECT t::text AS row FROM sluice.\(table) t"))
                .map { try $0.decode("row", as: String.self) }.joined(separator: "\n")
        }
        return text
    }
}
