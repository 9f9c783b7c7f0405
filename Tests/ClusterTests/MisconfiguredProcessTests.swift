import Catalog
import Eventually
import Foundation
import JobQueue
import Postgres
import Secrets
import TestDatabase
import Testing

@Suite("A process that is misconfigured stops nobody but itself")
struct MisconfiguredProcessTests {
    private static let wrongKey = Data(repeating: 9, count: 32).base64EncodedString()

    @Test(
        "with another key than the control database's it ends with 78 and one line, before it does anything",
        arguments: [
            ["worker"], ["scheduler"], ["api", "--port", "0"], ["migrate"], ["connection", "create", "--app", "a", "--db-key", "K"],
            [
                "connection", "authorize", "c", "--client-id", "i", "--client-secret", "s", "--environment", "custom", "--login-url",
                "http://127.0.0.1:1",
            ],
        ])
    func wrongKey(_ command: [String]) async throws {
        try await ClusterWorld.with { world in
            try await world.run(["migrate"])
            let process = try world.start("sluice", command, ["SLUICE_SECRET_KEY": Self.wrongKey])
            #expect(try await process.exitStatus() == 78)
            #expect(process.errors.split(separator: "\n").count == 1 || command == ["migrate"], "\(process.errors)")
            #expect(process.errors.contains("sluice: SLUICE_SECRET_KEY is not the key"), "\(process.errors)")
            #expect(!process.errors.contains(Self.wrongKey))
            #expect(try await world.number("SELECT count(*) FROM sluice.workers") == 0)
        }
    }

    @Test("without a connection's variable a worker leaves its jobs to one that has it, says so, and the connection's state stays as it is")
    func missingVariable() async throws {
        try await ClusterWorld.with { world in
            let id = try await world.authorizedConnection(dbKey: "TARGET_URL")
            try await world.queue.enqueueImport(of: id)
            let lacking = try world.start("sluice", ["worker"])
            _ = try world.start("sluice", ["scheduler"])
            try await lacking.says("This worker leaves a connection's jobs to others")
            try await lacking.says("TARGET_URL is not set")
            // It works for everybody else meanwhile.
            try await world.pool.run("INSERT INTO sluice.jobs (kind, args) VALUES ('housekeeping', '{\"task\": \"prune\"}')")
            try await world.reaches(1, "SELECT count(*) FROM sluice.finished_jobs WHERE kind = 'housekeeping'")
            #expect(try await world.number("SELECT count(*) FROM sluice.jobs WHERE connection_id = '\(id)' AND attempt = 0") == 1)
            let described =
                "SELECT count(*) FROM sluice.connections WHERE state = 'IDLE' AND state_description LIKE '%TARGET_URL is not set%'"
            try await world.reaches(1, described)
            #expect(try await world.run(["status"]).contains("no live worker can work for"))
            #expect(try await world.run(["status", "--json"]).contains("\"by_nobody\": true"))
            #expect(try await world.run(["status"]).contains(/(?m)^\S+: .*TARGET_URL is not set/))
            let able = try world.start("sluice", ["worker"], ["TARGET_URL": world.database.url])
            try await world.reaches(1, "SELECT count(*) FROM sluice.finished_jobs WHERE connection_id = '\(id)' AND state = 'completed'")
            try await world.reaches(1, "SELECT count(*) FROM sluice.connections WHERE state = 'IDLE' AND state_description IS NULL")
            #expect(try await world.run(["status"]).contains("1 workers leave"))
            #expect(lacking.isRunning && able.isRunning)
            #expect(!able.errors.contains("leaves a connection's jobs"))
        }
    }

    @Test("a target database that only one of two workers reaches is left to that one; the other takes part again once it gets through")
    func unreachableTarget() async throws {
        try await ClusterWorld.with { world in
            let id = try await world.syncedConnection(dbKey: "TARGET_URL")
            let proxy = try world.proxy()
            let cut = try world.start("sluice", ["worker"], ["TARGET_URL": try world.url(through: proxy)])
            // A write looks at the target's log, whether there is something to write or not.
            _ = try await world.queue.enqueue([.write(id, requestedBy: "test")])
            try await cut.says("its database cannot be reached")
            // Alone it goes on trying, and the connection says so.
            _ = try world.start("sluice", ["scheduler"])
            try await world.reaches(
                1, "SELECT count(*) FROM sluice.connections WHERE state = 'IDLE' AND state_description LIKE '%cannot be reached%'")
            try await world.reaches(1, "SELECT count(*) FROM sluice.jobs WHERE kind = 'write' AND attempt > 1")
            _ = try world.start("sluice", ["worker"], ["TARGET_URL": world.database.url])
            try await world.reaches(1, "SELECT count(*) FROM sluice.unserved_connections WHERE NOT by_nobody AND workers = 1")
            try await world.reaches(1, "SELECT count(*) FROM sluice.connections WHERE state_description IS NULL")
            try proxy.open()
            try await cut.says("This worker serves a connection again")
            #expect(try await world.number("SELECT count(*) FROM sluice.unserved") == 0)
            #expect(try await world.text("SELECT state FROM sluice.connections") == "IDLE")
        }
    }

    @Test("a variable that holds no address is one that is not there")
    func malformedVariable() async throws {
        try await ClusterWorld.with { world in
            _ = try await world.authorizedConnection(dbKey: "TARGET_URL")
            let worker = try world.start("sluice", ["worker"], ["TARGET_URL": "postgres://ann:hidden@host:port/db"])
            try await worker.says("TARGET_URL is not set to a Postgres URL")
            #expect(!worker.errors.contains("hidden"))
            try await world.reaches(1, "SELECT count(*) FROM sluice.unserved_connections WHERE by_nobody")
            #expect(try await world.text("SELECT state FROM sluice.connections") == "IDLE")
        }
    }
}

extension ClusterWorld {
    /// A connection that may sync, whose org nobody calls.
    func authorizedConnection(dbKey: String) async throws -> UUID {
        let key = try SealingKey(base64: environment["SLUICE_SECRET_KEY"] ?? "")
        let catalog = CatalogStore(pool: pool)
        let connection = try await catalog.createConnection(NewConnection(appName: "a", target: .key(dbKey)), sealingKey: key)
        try await catalog.storeAuthorization(
            connection.id,
            ConnectionAuthorization(
                sealedCredentials: try CredentialSeal.seal(["none": "none"], for: connection.id, key: key), environment: "custom",
                loginURL: "http://127.0.0.1:1", instanceURL: "http://127.0.0.1:1"))
        return connection.id
    }
}

extension ClusterWorld {
    /// A connection with a mapping that is loaded, from an org of its own; no worker is left of it.
    fileprivate func syncedConnection(dbKey: String) async throws -> UUID {
        let org = try start("sandbox-org", ["serve", "--port", "0", "--rows", "Account=20"])
        try await eventually { org.output.contains("instance_url") }
        guard let url = org.output.firstMatch(of: #/"instance_url":"([^"]+)"/#)?.1 else { throw ProcessError(description: "no org") }
        let created = try await run(["connection", "create", "--app", "a", "--db-key", dbKey])
        try await run(
            ["connection", "authorize", created, "--environment", "custom", "--login-url", String(url)],
            ["SALESFORCE_CLIENT_ID": "sandbox-client", "SALESFORCE_CLIENT_SECRET": "sandbox-secret"])
        guard let id = UUID(uuidString: created) else { throw ProcessError(description: "no id of a connection: \(created)") }
        let mapping =
            #"{"object_name": "Account", "config": {"access": "read_write", "sf_polling_seconds": 3600, "fields": {"Id": {}, "SystemModstamp": {}, "IsDeleted": {}, "Name": {}}}}"#
        let export = #"{"version": 1, "mappings": [\#(mapping)]}"#
        _ = try await queue.enqueue([.importConfiguration(id, export: export, leaves: .idle, requestedBy: "test")])
        let worker = try start("sluice", ["worker"], [dbKey: database.url])
        try await reaches(1, "SELECT count(*) FROM sluice.mappings WHERE state = 'DATA_SYNCED'")
        worker.send(SIGTERM)
        _ = try await worker.exitStatus()
        return id
    }
}

extension JobQueue {
    /// An import of nothing: a job of a connection that needs neither org nor target.
    fileprivate func enqueueImport(of connection: UUID) async throws {
        let export = #"{"version": 1, "mappings": []}"#
        _ = try await enqueue([.importConfiguration(connection, export: export, leaves: .idle, requestedBy: "test")])
    }
}
