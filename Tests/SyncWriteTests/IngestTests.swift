import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

@testable import SyncWrite

@Suite("Long runs go by bulk jobs")
struct IngestTests {
    private static let mappings: [(object: String, fields: [String], access: String, upsertField: String?)] = [
        ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"),
        ("Contact", SyncWorld.contactFields + ["Account.External_Id__c"], "read_write", nil),
    ]

    /// Bulk jobs that the org has seen.
    private func jobs(_ world: SyncWorld) async throws -> Int {
        (try await world.sandbox(.get, "/sandbox/stats")["requests"] as? [String: Int])?["ingestCreate"] ?? 0
    }

    private func rows(_ object: String, _ world: SyncWorld) async throws -> Int? {
        (try await world.sandbox(.get, "/sandbox/stats")["rows"] as? [String: Int])?[object]
    }

    private func write(_ world: SyncWorld) async throws -> String {
        try await world.run(try .write(world.connectionID, requestedBy: "test"), timeout: .seconds(300)).text
    }

    @Test(
        "ten thousand changes of one kind go by a bulk job, each with a result of its own; and by calls where that is switched off",
        arguments: [true, false])
    func longRun(bulk: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 12_000]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            try await world.pool.run(
                "UPDATE sluice.connections SET features = jsonb_build_object('disable_bulk_writes', \(!bulk)::boolean) WHERE id = \(world.connectionID)"
            )
            try await world.target.run(
                """
                UPDATE salesforce.account SET phone = 'p' || id, industry = NULL, description = E'a "b",\\r\\nc' || id,
                    name = CASE WHEN id = 7 THEN 'INVALID name' WHEN id = 8 THEN '#N/A' ELSE 'n ' || id END
                """)
            let result = try await write(world)
            #expect(result.hasPrefix("11999 written, 1 failed"), "\(result)")
            #expect(try await jobs(world) == (bulk ? (12_000 + LongRuns().size - 1) / LongRuns().size : 0))
            #expect(try await world.count("sluice.ingests") == 0)
            #expect(
                try await world.count("salesforce._trigger_log WHERE state = 'FAILED' AND sf_message LIKE 'FIELD_CUSTOM_VALIDATION%'") == 1)
            #expect(try await world.count("salesforce.account WHERE _hc_lastop = 'UPDATED'") == 11_999)
            try await world.target.run("UPDATE salesforce._trigger_log SET state = 'IGNORED' WHERE state = 'FAILED'")
            try await world.target.run("UPDATE salesforce.account SET phone = 'once more' WHERE id = 7")
            _ = try await write(world)
            _ = try await world.run(try .poll(world.mapping("Account"), requestedBy: "test"), timeout: .seconds(300))
            #expect(try await world.count("salesforce.account WHERE name = '#N/A'") == 1)
            #expect(
                try await world.count(
                    "salesforce.account WHERE id <> 7 AND (industry IS NOT NULL OR replace(description, E'\\r', '') IS DISTINCT FROM E'a \"b\",\\nc' || id)"
                )
                    == 0)
        }
    }

    @Test(
        "parents and children that were inserted together go by bulk jobs in order, by their external ids; a record that has one is not made anew"
    )
    func families() async throws {
        try await SyncWorld.with(rows: ["Account": 10, "Contact": 10], longRun: 1000) { world in
            try await world.importMappings(Self.mappings)
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Account","insert":{"count":1,"fields":{"Name":"theirs","External_Id__c":"K-77"}}}"#)
            try await world.target.run(
                """
                WITH children AS (
                    INSERT INTO salesforce.contact (lastname, account__external_id__c) SELECT 'child ' || n % 100, 'K-' || n FROM generate_series(1, 1500) n
                )
                INSERT INTO salesforce.account (name, external_id__c) SELECT 'ours ' || n, 'K-' || n FROM generate_series(1, 1500) n
                """)
            let result = try await write(world)
            #expect(result.hasPrefix("3000 written, 0 failed"), "\(result)")
            #expect(try await jobs(world) >= 2)
            #expect(try await rows("Account", world) == 1510)
            #expect(try await rows("Contact", world) == 1510)
            #expect(
                try await world.count("salesforce.account WHERE sfid IS NULL OR _hc_lastop <> 'INSERTED' AND external_id__c LIKE 'K-%'")
                    == 0)
            _ = try await world.poll("Account")
            _ = try await world.poll("Contact")
            #expect(try await world.count("salesforce.account WHERE name = 'ours 77' AND external_id__c = 'K-77'") == 1)
            #expect(
                try await world.count(
                    "salesforce.contact c JOIN salesforce.account a ON a.sfid = c.accountid AND a.external_id__c = c.account__external_id__c WHERE c.lastname LIKE 'child %'"
                ) == 1500)
            try await world.script(
                "DELETE FROM salesforce.contact WHERE lastname LIKE 'child %'; DELETE FROM salesforce.account WHERE external_id__c LIKE 'K-%'"
            )
            let deleted = try await write(world)
            #expect(deleted.hasPrefix("3000 written, 0 failed"), "\(deleted)")
            #expect(try await rows("Account", world) == 10)
            #expect(try await rows("Contact", world) == 10)
        }
    }

    @Test(
        "a job that fails, or that Salesforce does not take, leaves its rows to calls; a lost answer repeats nothing",
        arguments: [
            (path: "faults", body: #"{"failing_jobs":1,"job_failure":"InvalidBatch : QUERY_TIMEOUT"}"#),
            (
                path: "trouble",
                body: #"{"kind":"status","status":400,"code":"INVALIDENTITY","path_prefix":"…/jobs/ingest","method":"POST"}"#
            ),
            (path: "trouble", body: #"{"kind":"close_after_commit","path_prefix":"…/jobs/ingest","method":"POST"}"#),
            (path: "trouble", body: #"{"kind":"close_after_commit","path_prefix":"…/jobs/ingest","method":"PUT"}"#),
            (path: "trouble", body: #"{"kind":"close_after_commit","path_prefix":"…/jobs/ingest","method":"PATCH"}"#),
            (path: "trouble", body: #"{"kind":"status","status":503,"path_prefix":"…/jobs/ingest","method":"PATCH","count":3}"#),
            (path: "trouble", body: #"{"kind":"status","status":503,"path_prefix":"…/jobs/ingest","method":"GET","count":8}"#),
            (path: "trouble", body: #"{"kind":"html","path_prefix":"…/successfulResults","count":7}"#),
            (path: "trouble", body: #"{"kind":"html","path_prefix":"…/unprocessedrecords","count":7}"#),
            (path: "faults", body: #"{"locked_rows_per_thousand":30}"#),
        ])
    func faults(fault: (path: String, body: String)) async throws {
        try await SyncWorld.with(rows: ["Account": 1], longRun: 1000) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            try await world.sandbox(.post, "/sandbox/" + fault.path, fault.body)
            try await world.target.run(
                "INSERT INTO salesforce.account (name, phone) SELECT 'made ' || n % 50, n FROM generate_series(1, 1500) n")
            try await eventually(timeout: .seconds(240), "everything is written") {
                _ = try await write(world)
                return try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING')") == 0
            }
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            #expect(try await rows("Account", world) == 1501)
            #expect(try await world.count("sluice.ingests") == 0)
            #expect(try await world.count("salesforce.account WHERE sfid IS NULL") == 0)
        }
    }

    @Test(
        "what a job did whose worker is gone is recorded by the next one, which waits for it and sends nothing twice",
        arguments: TargetHome.allCases)
    func takenUp(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 1500], home: home, longRun: 1000) { world in
            try await world.importMappings(Self.mappings.dropLast())
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":4000}"#)
            try await world.script(
                """
                UPDATE salesforce.account SET phone = 'p' || id;
                INSERT INTO salesforce.account (name) SELECT 'made ' || n % 5 FROM generate_series(1, 1500) n;
                UPDATE salesforce.account SET phone = 'later' WHERE name = 'made 1'
                """)
            let id = try await world.queue.enqueue([.write(world.connectionID, requestedBy: "test")])[0]!
            try await eventually(timeout: .seconds(120), "both jobs work") { try await world.count("sluice.ingests") == 2 }
            #expect(try await world.queue.cancel(id))
            _ = try await world.finished(id)
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'PENDING'") == 3000)
            _ = try await write(world)
            #expect(try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0)
            #expect(try await world.count("sluice.ingests") == 0)
            let stats = try await world.sandbox(.get, "/sandbox/stats")
            let account = (stats["writes"] as? [String: [String: [String: Int]]])?["Account"]
            #expect(account?["insert"]?["records"] == 1500)
            #expect(account?["update"]?["records"] == 1500 + 300)
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE phone = 'later'") == 300)
        }
    }
}
