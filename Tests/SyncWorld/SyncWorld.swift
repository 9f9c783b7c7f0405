package import Catalog
package import Cluster
import Eventually
package import Foundation
import HTTPTransport
package import HTTPTypes
package import JobQueue
import Logging
package import Postgres
import Salesforce
package import SandboxOrg
package import Secrets
import SyncWrite
package import TestDatabase

/// Where the mapped schema lives: rows and records commit as one only where it is beside the queue.
package enum TargetHome: String, CaseIterable, Sendable {
    /// In the control database.
    case controlDatabase
    /// In a database of its own.
    case ownDatabase
}

/// An org, a database and a worker that keeps the two in step: what a sync test needs around it.
package struct SyncWorld: Sendable {
    /// The org.
    package let org: SandboxServer
    /// The control database.
    package let database: TestDatabase
    /// Connections to the control database.
    package let pool: PostgresPool
    /// The target database, which may be the control database, and connections to it.
    package let targetDatabase: TestDatabase
    package let target: PostgresPool
    /// The control database's records.
    package let catalog: CatalogStore
    /// The queue that the worker works off.
    package let queue: JobQueue
    /// The connection that is kept in step.
    package let connectionID: UUID
    /// Changes of one table and action from which on they are written by a bulk job.
    package var longRun = WriteStep.defaultLongRun

    /// Fields of accounts, one of each type.
    package static let accountFields = [
        "Id", "IsDeleted", "CreatedDate", "SystemModstamp", "Name", "Type", "Industry", "AnnualRevenue", "NumberOfEmployees", "Phone",
        "Website",
        "BillingCity", "Description", "Customer_Since__c", "Last_Visit__c", "Interests__c", "ParentId", "OwnerId", "External_Id__c",
    ]
    /// Fields of contacts.
    package static let contactFields = [
        "Id", "IsDeleted", "SystemModstamp", "AccountId", "LastName", "FirstName", "Name", "Email", "Birthdate", "External_Id__c",
    ]

    /// Runs `body` in a world of its own.
    ///
    /// - Parameters:
    ///   - home: is where the mapped schema lives.
    ///   - countsRecords: is whether the org has statistics of its records: it is loaded by bulk queries, however few there are, where it has none.
    ///   - settings: are those of the target database, for every session on it.
    package static func with(
        rows: [String: Int], bulkPageRows: Int = 50_000, workers: Int = 1, home: TargetHome = .controlDatabase,
        settings: [String: String] = [:], countsRecords: Bool = false, longRun: Int = WriteStep.defaultLongRun,
        _ body: @Sendable (SyncWorld) async throws -> Void
    ) async throws {
        var options = SandboxOptions()
        options.rows = rows
        options.bulkPageRows = bulkPageRows
        options.countsRecords = countsRecords
        let org = try await SandboxServer.start(options)
        do {
            try await databases(home) { database, target in
                for (name, value) in settings {
                    let set: PostgresQuery = "ALTER DATABASE \(identifier: target.name) SET \(identifier: name) TO \(literal: value)"
                    try await target.pool(size: 1).run(set)
                }
                var made = try await make(org: org, database: database, target: target)
                made.longRun = longRun
                let world = made
                let handlers = (0..<workers).map { _ in world.makeHandlers() }
                let loops = handlers.map { world.makeWorker($0) }
                let running = loops.map { loop in Task { await loop.run() } }
                let beats = handlers.map { handlers in Task { await handlers.keepCalls(every: .milliseconds(500)) } }
                do {
                    try await body(world)
                } catch {
                    await end(loops, running, beats)
                    throw error
                }
                await end(loops, running, beats)
            }
        } catch {
            await org.stop()
            throw error
        }
        await org.stop()
    }

    private static func end(_ loops: [WorkerLoop], _ running: [Task<Void, Never>], _ beats: [Task<Void, Never>]) async {
        for loop in loops { await loop.stop() }
        for beat in beats { beat.cancel() }
        for task in running + beats { await task.value }
    }

    private static func databases(_ home: TargetHome, _ body: @Sendable (TestDatabase, TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            switch home {
            case .controlDatabase: try await body(database, database)
            case .ownDatabase: try await TestDatabase.with { target in try await body(database, target) }
            }
        }
    }

    /// What seals credentials and addresses.
    package static let key = try? SealingKey(base64: Data(repeating: 7, count: 32).base64EncodedString())

    private static func make(org: SandboxServer, database: TestDatabase, target: TestDatabase) async throws -> SyncWorld {
        let pool = database.pool(size: 4)
        let catalog = CatalogStore(pool: pool)
        let key = Self.key!
        let connection = try await catalog.createConnection(
            NewConnection(appName: "test", target: .url(target.url), schemaName: "salesforce"), sealingKey: key)
        try await authorize(connection.id, org: org, catalog: catalog)
        return SyncWorld(
            org: org, database: database, pool: pool, targetDatabase: target, target: target === database ? pool : target.pool(size: 4),
            catalog: catalog, queue: JobQueue(pool: pool), connectionID: connection.id)
    }

    /// Another connection of the same app that means the same schema of the same database under another address, authorized for the same org.
    package func secondConnection() async throws -> Connection {
        let url = targetDatabase.url + (targetDatabase.url.contains("?") ? "&" : "?") + "application_name=second"
        let second = try await catalog.createConnection(
            NewConnection(appName: "test", name: "the second", target: .url(url), schemaName: "salesforce"), sealingKey: Self.key!)
        try await Self.authorize(second.id, org: org, catalog: catalog)
        return try await catalog.connection(second.id)!
    }

    private static func authorize(_ id: UUID, org: SandboxServer, catalog: CatalogStore) async throws {
        let credentials = SalesforceCredentials.clientCredentials(clientID: "sandbox-client", secret: "sandbox-secret")
        let session = SalesforceSession(credentials: credentials, loginURL: org.url, http: HTTPClient())
        try await catalog.storeAuthorization(
            id,
            ConnectionAuthorization(
                sealedCredentials: try CredentialSeal.seal(credentials, for: id, key: key!), environment: "custom", loginURL: org.url,
                instanceURL: try await session.instanceURL, organizationID: try await session.organizationID,
                userID: try await session.userID))
    }

    /// Gives the connection another address of its target database.
    package func moveTarget(to url: String) async throws {
        let sealed = try Self.key!.seal(Array(url.utf8), context: ConnectionAddress.context(connectionID))
        try await pool.run("UPDATE sluice.connections SET database_url_sealed = \(sealed) WHERE id = \(connectionID)")
    }

    /// What a worker process of this world runs.
    package func makeHandlers() -> SyncHandlers {
        SyncHandlers(
            catalog: catalog, queue: queue, sealingKey: Self.key!, environment: [:], transport: HTTPClientConfiguration(), concurrency: 4,
            longRun: longRun, logger: TestDatabase.quietLogger)
    }

    /// A worker process, which stops within a moment.
    package func makeWorker(_ handlers: SyncHandlers) -> WorkerLoop {
        var configuration = WorkerLoop.Configuration()
        configuration.stopGrace = .milliseconds(100)
        return WorkerLoop(queue: queue, handlers: handlers.all, configuration: configuration, logger: TestDatabase.quietLogger)
    }

    // MARK: - Mappings and jobs

    /// Imports mappings; they are loaded as soon as the worker gets to it.
    package func startImport(_ mappings: [(object: String, fields: [String], access: String, upsertField: String?)]) async throws {
        let list = mappings.map { mapping in
            let fields = mapping.fields.map { "\"\($0)\": {}" }.joined(separator: ", ")
            let upsert = mapping.upsertField.map { ", \"upsert_field\": \"\($0)\"" } ?? ""
            return
                "{\"object_name\": \"\(mapping.object)\", \"config\": {\"access\": \"\(mapping.access)\", \"fields\": {\(fields)}\(upsert)}}"
        }
        _ = try await catalog.startImport(
            connectionID, export: "{\"version\": 1, \"mappings\": [\(list.joined(separator: ", "))]}", requestedBy: "test")
    }

    /// Imports mappings and waits until they are loaded.
    package func importMappings(_ mappings: [(object: String, fields: [String], access: String, upsertField: String?)]) async throws {
        try await startImport(mappings)
        do {
            try await eventually("the mappings are loaded") {
                let all = try await catalog.mappings(connectionID)
                return all.count == mappings.count && all.allSatisfy { $0.state == .dataSynced || $0.state.isError }
            }
        } catch {
            throw SyncWorldError(message: "\(error); \(try await diagnosis())")
        }
    }

    /// What the jobs and the journal say, for a test that waited in vain.
    package func diagnosis() async throws -> String {
        try await pool.query(
            """
            SELECT kind || ' ' || state || ' attempt ' || attempt || ': ' || coalesce(last_error, outcome, progress::text, '') AS line FROM sluice.all_jobs
            UNION ALL SELECT level || ' ' || message FROM sluice.events
            """
        ).map { try $0.decode("line", as: String.self) }.joined(separator: "\n")
    }

    /// The mapping of an object, which there is.
    package func mapping(_ object: String) async throws -> Mapping { try await catalog.mapping(connectionID, object: object)! }

    /// Enqueues a job and waits for its end.
    ///
    /// - Returns: its state, outcome or error.
    @discardableResult
    package func run(_ job: NewJob, timeout: Duration = .seconds(60)) async throws -> (state: String, text: String) {
        let id = try await queue.enqueue([job])[0]!
        return try await finished(id, timeout: timeout)
    }

    /// Waits for the end of a job.
    ///
    /// - Returns: its state, outcome or error.
    package func finished(_ id: Int64, timeout: Duration = .seconds(60)) async throws -> (state: String, text: String) {
        try await eventually(timeout: timeout, "job \(id) ends") {
            try await !pool.query("SELECT FROM sluice.finished_jobs WHERE id = \(id)").isEmpty
        }
        let row = try await pool.query(
            "SELECT state, coalesce(outcome, last_error, '') AS text FROM sluice.finished_jobs WHERE id = \(id)")[0]
        return (try row.decode("state"), try row.decode("text"))
    }

    /// Polls an object, and waits for the end.
    package func poll(_ object: String) async throws -> (state: String, text: String) {
        try await run(try .poll(try await mapping(object), requestedBy: "test"))
    }

    /// Writes what waits, and waits for the end.
    package func write() async throws -> (state: String, text: String) {
        try await run(try .write(connectionID, requestedBy: "test"))
    }

    // MARK: - The org

    /// Calls one of the sandbox's own endpoints.
    @discardableResult
    package func sandbox(_ method: HTTPRequest.Method, _ path: String, _ json: String? = nil) async throws -> [String: Any] {
        let request = TransferRequest(
            method: method, url: org.url + path, headers: [.contentType: "application/json"],
            body: json.map { .bytes(Array($0.utf8)) } ?? .none)
        let answer = try await HTTPClient().perform(request, maxBody: 10_000_000)
        guard answer.status < 300 else {
            throw SyncWorldError(message: "\(path): \(answer.status) \(String(decoding: answer.bytes, as: UTF8.self))")
        }
        return (try? JSONSerialization.jsonObject(with: Data(answer.bytes)) as? [String: Any]) ?? [:]
    }

    /// Counts rows of Sluice's own tables, or else of the target database.
    package func count(_ sql: String) async throws -> Int {
        let pool = sql.contains("sluice.") ? pool : target
        return try await pool.query(PostgresQuery(sql: "SELECT count(*) AS n FROM " + sql))[0].decode("n")
    }

    /// Runs several statements on the target database.
    package func script(_ sql: String) async throws { try await target.withSession { try $0.script(sql) } }

    /// The Salesforce ids of a table's rows.
    package func sfids(_ object: String, where condition: String = "true") async throws -> Set<String> {
        Set(
            try await target.query(
                PostgresQuery(sql: "SELECT sfid FROM salesforce.\(object.lowercased()) WHERE sfid IS NOT NULL AND \(condition)")
            )
            .map { try $0.decode("sfid", as: String.self) })
    }

    /// Whether every live record's every field is the same on both sides: one checksum made by the org, one by Postgres.
    package func isEqual(_ object: String, _ fields: [String]) async throws -> Bool {
        let compared = fields.filter { $0 != "IsDeleted" }
        let answer = try await sandbox(.get, "/sandbox/hash?object=\(object)&fields=\(compared.joined(separator: ","))")
        let columns = compared.map { field in
            let name = PostgresText.quoteIdentifier(SalesforceName.column(ofField: field))
            return "coalesce(\(name)::text, '')"
        }
        let table = PostgresText.quoteIdentifier(object.lowercased())
        let row = try await target.query(
            PostgresQuery(
                sql: """
                    SELECT count(*) AS rows, encode(sha256(convert_to(coalesce(string_agg(
                        concat_ws(E'\\x1f', \(columns.joined(separator: ", "))) || E'\\x1e', '' ORDER BY sfid COLLATE "C"), ''), 'UTF8')), 'hex') AS hash
                    FROM salesforce.\(table) WHERE sfid IS NOT NULL
                    """), timeout: .seconds(120))[0]
        return try row.decode("rows", as: Int.self) == answer["rows"] as? Int
            && row.decode("hash", as: String.self) == answer["sha256"] as? String
    }
}

/// Why a world is not what a test asked for.
package struct SyncWorldError: Error, CustomStringConvertible {
    /// What is wrong.
    let message: String

    /// A failure with its message.
    package init(message: String) {
        self.message = message
    }

    /// What is wrong.
    package var description: String { message }
}
