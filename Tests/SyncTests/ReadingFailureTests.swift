import Catalog
import Cluster
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

@Suite("Reading that fails")
struct ReadingFailureTests {
    private static let accounts = ("Account", SyncWorld.accountFields, "read_only", String?.none)

    @Test("a bulk query that Salesforce gives up is made again by the next attempt of the load")
    func loadGivenUp() async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await world.sandbox(.post, "/sandbox/faults", #"{"failing_jobs":1,"job_failure":"InternalServerError: unexpected"}"#)
            async let imported: Void = world.importMappings([Self.accounts])
            try await world.says("Account", "failed: ", "InternalServerError", "; next try at ")
            try await imported
            let mapping = try await world.mapping("Account")
            #expect(mapping.state == .dataSynced)
            #expect(mapping.stateDescription == nil)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a bulk query that Salesforce gives up is made again by the next attempt of the poll")
    func pollGivenUp() async throws {
        try await SyncWorld.with(rows: ["Account": 100]) { world in
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 5")
            try await world.importMappings([Self.accounts])
            try await world.change(50)
            try await world.sandbox(.post, "/sandbox/faults", #"{"failing_jobs":1,"job_failure":"InternalServerError: unexpected"}"#)
            let id = try await world.queue.enqueue([try .poll(try await world.mapping("Account"))])[0]!
            try await world.says("Account", "failed: ", "InternalServerError", "; next try at ")
            #expect(try await world.finished(id).state == "completed")
            #expect(try await world.mapping("Account").stateDescription == nil)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a bulk query that Salesforce finds too much is asked for in parts", arguments: [true, false])
    func tooMuch(isLoad: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 300], bulkPageRows: 40) { world in
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 10")
            if !isLoad {
                try await world.importMappings([Self.accounts])
                try await world.change(200)
            }
            try await world.sandbox(.post, "/sandbox/faults", #"{"failing_jobs":3,"job_failure":"InvalidBatch : QUERY_TIMEOUT"}"#)
            if isLoad {
                try await world.importMappings([Self.accounts])
            } else {
                #expect(try await world.poll("Account").state == "completed")
            }
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.count("sluice.events WHERE message LIKE '%asking for it in parts%'") == 3)
            #expect(try await world.count("sluice.finished_jobs WHERE kind IN ('load', 'poll') AND last_error IS NOT NULL") == 0)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a count that fails holds no rows back")
    func countFails() async throws {
        try await SyncWorld.with(rows: ["Account": 50]) { world in
            try await world.importMappings([Self.accounts])
            try await world.pool.run(#"UPDATE sluice.connections SET features = '{"rest_count_only": true}'"#)
            try await world.pool.run("UPDATE sluice.mappings SET sf_count_at = sf_count_at - interval '1 hour'")
            try await world.change(10)
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"status","status":500,"count":-1,"path_prefix":"…/limits/recordCount"}"#)
            let result = try await world.poll("Account")
            #expect(result.state == "completed", "\(result.text)")
            #expect(try await world.mapping("Account").sfCount == 50)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a bulk query that asks for what the org does not have ends the load at once")
    func impossibleQuery() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.sandbox(.post, "/sandbox/faults", #"{"failing_jobs":1,"job_failure":"INVALID_FIELD: No such column 'X'"}"#)
            try await world.importMappings([Self.accounts])
            #expect(try await world.mapping("Account").state == .badConfig)
            #expect(try await world.count("sluice.notifications") == 1)
            // The mapping says so before the job itself is over.
            try await eventually("the load ends") { try await world.count("sluice.jobs WHERE kind = 'load'") == 0 }
        }
    }

    enum PageEnd: String, CaseIterable, Sendable {
        case cancelled, deleted
    }

    @Test("a load whose page is cancelled or whose page's row is deleted starts over", arguments: PageEnd.allCases)
    func lostPage(_ end: PageEnd) async throws {
        try await SyncWorld.with(rows: ["Account": 200], bulkPageRows: 100) { world in
            // No page ends by itself.
            try await world.sandbox(.post, "/sandbox/trouble", #"{"kind":"status","status":503,"count":2,"path_prefix":"…/results"}"#)
            async let imported: Void = world.importMappings([Self.accounts])
            try await eventually {
                try await world.count("sluice.jobs WHERE kind = 'load_page' AND state = 'available' AND attempt = 1") == 2
            }
            for row in try await world.pool.query("SELECT id FROM sluice.jobs WHERE kind = 'load_page'") {
                let id: Int64 = try row.decode("id")
                if end == .cancelled {
                    #expect(try await world.queue.cancel(id))
                } else {
                    try await world.pool.run("DELETE FROM sluice.jobs WHERE id = \(id)")
                }
            }
            try await world.pool.run("UPDATE sluice.jobs SET run_at = sluice.clock() WHERE kind = 'load'")
            try await world.says("Account", "attempt 1 of 160 failed: a page of the load of Account could not be loaded")
            try await imported
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a load that is cancelled while it waits leaves a mapping that is polled, or loaded anew", arguments: [true, false])
    func cancelledLoad(_ wasLoaded: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            if wasLoaded { try await world.importMappings([Self.accounts]) }
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":60000}"#)
            if wasLoaded {
                _ = try await world.queue.enqueue([try .load(try await world.mapping("Account"), reason: .reload)])
            } else {
                try await world.startImport([Self.accounts])
            }
            try await eventually { try await world.count("sluice.mappings WHERE state = 'WAIT_BULK_LOAD'") == 1 }
            #expect(try await world.count("sluice.mappings WHERE next_poll_at IS NULL") == 1)
            let id: Int64 = try await world.pool.query("SELECT id FROM sluice.jobs WHERE kind = 'load'")[0].decode("id")
            #expect(try await world.queue.cancel(id))
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":0}"#)
            try await eventually { try await world.pool.withSession { try CatalogStore.readUnread(in: $0) } == 1 }
            let mapping = try await world.mapping("Account")
            #expect(mapping.stateDescription?.contains("job \(id)") == true, "\(mapping.stateDescription ?? "")")
            if wasLoaded {
                #expect(mapping.state == .dataSynced)
                #expect(mapping.nextPollAt != nil)
                #expect(try await world.poll("Account").state == "completed")
            } else {
                try await eventually { try await world.mapping("Account").state == .dataSynced }
                #expect(try await world.mapping("Account").stateDescription == nil)
            }
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let name: String
        let sqlState: String
        let make: String
        let end: String
        var testDescription: String { name }
    }

    /// Each refuses the row that a poll brings.
    static let refusals = [
        generatedColumn,
        Refusal(
            name: "a narrow column", sqlState: "22001",
            make:
                "CREATE TABLE kept AS SELECT * FROM salesforce.account; ALTER TABLE salesforce.account ALTER COLUMN phone TYPE varchar(2) USING ''",
            end: """
                ALTER TABLE salesforce.account ALTER COLUMN phone TYPE varchar(40);
                UPDATE salesforce.account SET phone = kept.phone FROM kept WHERE kept.sfid = account.sfid
                """),
        Refusal(
            name: "a view in its place", sqlState: "0A000|42809|55000",
            make: "ALTER TABLE salesforce.account RENAME TO gone; CREATE VIEW salesforce.account AS SELECT DISTINCT * FROM salesforce.gone",
            end: "DROP VIEW salesforce.account; ALTER TABLE salesforce.gone RENAME TO account"),
    ]

    @Test("a poll that Postgres refuses says so at once, once, and heals by itself when the cause is gone", arguments: refusals)
    func refused(_ refusal: Refusal) async throws {
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.importMappings([Self.accounts])
            let watermark = try await world.mapping("Account").watermark
            try await world.script(refusal.make)
            for _ in 0..<2 {
                // Something new each time: the description of the failure is another, its cause is not.
                try await world.change(10)
                let result = try await world.poll("Account")
                #expect(result.state == "failed", "\(result.text)")
                let mapping = try await world.mapping("Account")
                #expect(mapping.state == .systemError)
                #expect(refusal.sqlState.split(separator: "|").contains { mapping.stateDescription?.contains("[\($0)]") == true })
                #expect(mapping.watermark == watermark)
                #expect(try await world.count("sluice.notifications") == 1)
            }
            try await world.script(refusal.end)
            #expect(try await world.poll("Account").state == "completed")
            let mapping = try await world.mapping("Account")
            #expect(mapping.state == .dataSynced)
            #expect(mapping.stateDescription == nil)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    private static let generatedColumn = Refusal(
        name: "a generated column that stumbles", sqlState: "22012",
        make: """
            ALTER TABLE salesforce.account ADD COLUMN odd int
            GENERATED ALWAYS AS (1 / CASE WHEN phone ~ '^[+]1 [0-9A-F]{4} [0-9]+$' THEN 0 ELSE 1 END) STORED
            """, end: "ALTER TABLE salesforce.account DROP COLUMN odd")

    @Test("a page that Postgres refuses ends its load at once, once")
    func refusedPage() async throws {
        try await SyncWorld.with(rows: ["Account": 40], bulkPageRows: 10) { world in
            try await world.importMappings([Self.accounts])
            try await world.change(40)
            try await world.script(Self.generatedColumn.make)
            let id = try await world.queue.enqueue([try .load(try await world.mapping("Account"), reason: .reload)])[0]!
            try await eventually { try await world.mapping("Account").state == .systemError }
            try await world.pool.run("UPDATE sluice.jobs SET run_at = sluice.clock() WHERE kind = 'load'")
            let ended = try await world.finished(id)
            #expect(ended.state == "failed")
            #expect(ended.text.contains("22012"), "\(ended.text)")
            #expect(try await world.count("sluice.finished_jobs WHERE kind = 'load' AND attempt = 1 AND id = \(id)") == 1)
            #expect(try await world.count("sluice.notifications") == 1)
            #expect(try await world.pool.withSession { try CatalogStore.readUnread(in: $0) } == 1)
            #expect(try await world.poll("Account").state == "failed")
            #expect(try await world.count("sluice.jobs WHERE kind = 'load'") == 0)
            try await world.script(Self.generatedColumn.end)
            // A person who asks for a poll gets the load that is missing.
            let asked = try await world.pool.transaction { [mapping = try await world.mapping("Account")] in
                try CatalogStore.enqueue(.poll, of: mapping, requestedBy: "ann", in: $0)
            }
            #expect(try await world.finished(asked).state == "completed")
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    enum Database: String, CaseIterable, Sendable {
        case readOnly, unknownRole, missing
    }

    @Test("a database that refuses as a whole is said at once, stops no connection, and heals by itself", arguments: Database.allCases)
    func refusedDatabase(_ database: Database) async throws {
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.importMappings([Self.accounts])
            try await world.change(5)
            let nobody = "sluice_test_\(UUID().uuidString.prefix(8).lowercased())"
            let more = world.database.url.contains("?") ? "&" : "?"
            let (url, sqlState) =
                switch database {
                case .readOnly: (world.database.url + more + "options=-c%20default_transaction_read_only%3Don", "[25006]")
                case .unknownRole: (world.database.url + more + "user=\(nobody)", "[28000]")
                case .missing: (world.database.url.replacing(world.database.name, with: nobody), "[3D000]")
                }
            try await world.moveTarget(to: url)
            let id = try await world.queue.enqueue([try .poll(try await world.mapping("Account"))])[0]!
            try await world.says("Account", "attempt 1 of 10 failed: ", sqlState)
            #expect(try await world.mapping("Account").state == .dbUnavailable)
            #expect(try await world.catalog.connection(world.connectionID)?.state == .idle)
            #expect(try await world.count("sluice.notifications") == 1)
            try await world.moveTarget(to: world.database.url)
            try await world.queue.wake(id)
            #expect(try await world.finished(id).state == "completed")
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.mapping("Account").stateDescription == nil)
        }
    }

    @Test("rows that changed arrive although the delete log cannot be read, through either API", arguments: [1000, 5])
    func deletesFail(_ threshold: Int) async throws {
        try await SyncWorld.with(rows: ["Account": 100]) { world in
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = \(threshold)")
            try await world.importMappings([Self.accounts])
            let before = try await world.mapping("Account")
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":300}"#)
            try await world.change(50)
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind":"status","status":500,"count":-1,"path_prefix":"…/deleted"}"#)
            let id = try await world.queue.enqueue([try .poll(before)])[0]!
            try await world.says("Account", "attempt 1 of 10 failed: ", "UNKNOWN_EXCEPTION")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            // What was undeleted in the window comes again after the deletes.
            #expect(try await world.mapping("Account").watermark == before.watermark)
            try await world.sandbox(.delete, "/sandbox/trouble")
            try await world.queue.wake(id)
            #expect(try await world.finished(id).state == "completed")
            #expect(try await world.mapping("Account").watermark! > before.watermark!)
            #expect(try await world.mapping("Account").stateDescription == nil)
        }
    }

    @Test(
        "a load or bulk poll that is run again after its last commit has nothing left to do", arguments: [true, false], TargetHome.allCases)
    func finishedTwice(_ isLoad: Bool, home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 60], home: home) { world in
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = 5")
            try await world.importMappings([Self.accounts])
            try await world.change(30)
            let mapping = try await world.mapping("Account")
            let first = try await world.run(isLoad ? try .load(mapping, reason: .reload) : try .poll(mapping))
            #expect(first.state == "completed", "\(first.text)")
            let state = try await world.mapping("Account")
            // Its worker died before it could say so: the job is there as it was.
            let id: Int64 = try await world.pool.query(
                """
                WITH ended AS (DELETE FROM sluice.finished_jobs WHERE id = (SELECT max(id) FROM sluice.finished_jobs WHERE kind IN ('load', 'poll')) RETURNING *)
                INSERT INTO sluice.jobs (id, kind, connection_id, mapping_id, priority, args, progress, exclusive_key)
                OVERRIDING SYSTEM VALUE SELECT id, kind, connection_id, mapping_id, priority, args, progress, exclusive_key FROM ended RETURNING id
                """)[0].decode("id")
            let second = try await world.finished(id)
            #expect(second.state == "completed" && second.text == first.text, "\(second.text)")
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.mapping("Account").watermark == state.watermark)
        }
    }

    @Test("a NUL in a text does not keep a table from being loaded")
    func nul() async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":10,"field":"Description","value":"before\u0000after %d"}}"#)
            try await world.importMappings([Self.accounts])
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.count("salesforce.account WHERE description LIKE 'beforeafter %'") == 10)
        }
    }
}

extension SyncWorld {
    func change(_ count: Int) async throws {
        let value = UUID().uuidString.prefix(4)
        try await sandbox(
            .post, "/sandbox/mutate",
            "{\"object\":\"Account\",\"update\":{\"count\":\(count),\"field\":\"Phone\",\"value\":\"+1 \(value) %d\"},\"seed\":5}")
    }

    /// Bulk queries that were made so far.
    func bulkQueries() async throws -> Int {
        (try await sandbox(.get, "/sandbox/stats")["requests"] as? [String: Any])?["bulkCreate"] as? Int ?? 0
    }

    /// Waits until a mapping's description has all of these parts.
    func says(_ object: String, _ parts: String...) async throws {
        try await eventually("\(object) says \(parts)") {
            guard let said = try await catalog.mapping(connectionID, object: object)?.stateDescription else { return false }
            return parts.allSatisfy(said.contains)
        }
    }
}
