import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

/// Plants one trouble after the other in a world that works, and looks whether a diagnosis names that and nothing else.
@Suite("A diagnosis names what is wrong", .timeLimit(.minutes(20)))
struct DiagnosisFaultTests {
    private static let account = ["Id", "IsDeleted", "SystemModstamp", "Name", "Phone", "External_Id__c"]
    private static let contact = ["Id", "IsDeleted", "SystemModstamp", "LastName", "Phone"]

    /// A trouble: how it comes about, how it goes away, and what a diagnosis must say.
    private struct Fault {
        let name: String
        let plant: String
        let heal: String
        let named: Set<String>

        init(_ name: String, plant: String, heal: String, named: String...) {
            self.name = name
            self.plant = plant
            self.heal = heal
            self.named = Set(named)
        }
    }

    private static let trigger = """
        CREATE TRIGGER hc_account_logtrigger AFTER INSERT OR DELETE OR UPDATE ON salesforce.account
        FOR EACH ROW WHEN ((public.get_xmlbinary()::text = 'base64'::text)) EXECUTE FUNCTION salesforce.hc_account_logger()
        """

    private static let schemaFaults = [
        Fault(
            "a trigger is missing", plant: "DROP TRIGGER hc_account_logtrigger ON salesforce.account", heal: trigger,
            named: "error TRIGGERS_MUST_BE_OURS Account"),
        Fault(
            "a trigger is disabled", plant: "ALTER TABLE salesforce.contact DISABLE TRIGGER hc_contact_status_trigger",
            heal: "ALTER TABLE salesforce.contact ENABLE TRIGGER hc_contact_status_trigger", named: "error TRIGGERS_MUST_BE_OURS Contact"),
        Fault(
            "a trigger fires on inserts alone",
            plant:
                "DROP TRIGGER hc_account_logtrigger ON salesforce.account; CREATE TRIGGER hc_account_logtrigger AFTER INSERT ON salesforce.account FOR EACH ROW EXECUTE FUNCTION salesforce.hc_account_logger()",
            heal: "DROP TRIGGER hc_account_logtrigger ON salesforce.account; " + trigger, named: "error TRIGGERS_MUST_BE_OURS Account"),
        Fault(
            "new changes do not announce themselves", plant: "ALTER TABLE salesforce._trigger_log DISABLE TRIGGER tlog_insert_trigger",
            heal: "ALTER TABLE salesforce._trigger_log ENABLE TRIGGER tlog_insert_trigger", named: "warning TRIGGER_LOG_SHOULD_NOTIFY"),
        Fault(
            "a table has lost a column", plant: "ALTER TABLE salesforce.contact DROP COLUMN phone",
            heal: "ALTER TABLE salesforce.contact ADD COLUMN phone varchar(40)", named: "error TABLE_MUST_EXIST Contact"),
        Fault(
            "a table is gone", plant: "ALTER TABLE salesforce.contact RENAME TO moved",
            heal: "ALTER TABLE salesforce.moved RENAME TO contact",
            named: "error TABLE_MUST_EXIST Contact"),
        Fault(
            "the unique index on sfid is gone", plant: "DROP INDEX salesforce.hcu_idx_contact_sfid",
            heal: "CREATE UNIQUE INDEX hcu_idx_contact_sfid ON salesforce.contact (sfid)",
            named: "error UNIQUE_IDENTIFIER_MUST_BE_UNIQUE Contact"),
        Fault(
            "the upsert field is not unique in the table",
            plant: """
                DROP INDEX salesforce.hcu_idx_account_external_id__c;
                BEGIN; SET LOCAL xmlbinary TO 'hex'; INSERT INTO salesforce.account (external_id__c) VALUES ('twice'), ('twice'); COMMIT
                """,
            heal: """
                BEGIN; SET LOCAL xmlbinary TO 'hex'; DELETE FROM salesforce.account WHERE external_id__c = 'twice'; COMMIT;
                CREATE UNIQUE INDEX hcu_idx_account_external_id__c ON salesforce.account (external_id__c)
                """, named: "error UNIQUE_IDENTIFIER_MUST_BE_UNIQUE Account"),
        Fault(
            "an index is gone", plant: "DROP INDEX salesforce.hc_idx_account_systemmodstamp",
            heal: "CREATE INDEX hc_idx_account_systemmodstamp ON salesforce.account (systemmodstamp)",
            named: "warning INDEXES_MUST_EXIST Account"),
        Fault(
            "an index of the log is gone", plant: "DROP INDEX salesforce._trigger_log_idx_state_id",
            heal: "CREATE INDEX _trigger_log_idx_state_id ON salesforce._trigger_log (state, id)",
            named: "error TRIGGER_LOG_INDEXES_MUST_EXIST"),
        Fault(
            "the log's ids come near 2^31", plant: "SELECT setval('salesforce._trigger_log_id_seq', 1073741824)",
            heal: "SELECT setval('salesforce._trigger_log_id_seq', 1)", named: "warning TRIGGER_LOG_IDS_MUST_LAST"),
        Fault(
            "the log's ids end soon", plant: "SELECT setval('salesforce._trigger_log_id_seq', 2147000000)",
            heal: "SELECT setval('salesforce._trigger_log_id_seq', 1)", named: "error TRIGGER_LOG_IDS_MUST_LAST"),
        Fault(
            "a table's ids come near 2^31", plant: "SELECT setval('salesforce.account_id_seq', 1073741824)",
            heal: "SELECT setval('salesforce.account_id_seq', 1000)", named: "warning ROW_IDS_MUST_LAST Account"),
        Fault(
            "a change waits for an hour",
            plant: """
                INSERT INTO salesforce._trigger_log (state, action, table_name, record_id, created_at, "values")
                VALUES ('NEW', 'UPDATE', 'account', 1, now() - interval '1 hour', '')
                """, heal: "DELETE FROM salesforce._trigger_log", named: "warning CHANGES_SHOULD_NOT_WAIT"),
        Fault(
            "autovacuum leaves the log and a table alone",
            plant:
                "ALTER TABLE salesforce._trigger_log SET (autovacuum_enabled = false); ALTER TABLE salesforce.account SET (autovacuum_enabled = off)",
            heal:
                "ALTER TABLE salesforce._trigger_log RESET (autovacuum_enabled); ALTER TABLE salesforce.account RESET (autovacuum_enabled)",
            named: "warning TRIGGER_LOG_MUST_BE_VACUUMED", "warning TABLE_MUST_BE_VACUUMED Account"),
        Fault(
            "another connection owns the schema",
            plant: """
                UPDATE salesforce._hcmeta SET details = jsonb_set(details::jsonb, '{sluice,connection}', to_jsonb(gen_random_uuid()::text))::text
                """,
            heal: """
                UPDATE salesforce._hcmeta SET details = jsonb_set(details::jsonb, '{sluice,connection}', to_jsonb((SELECT id::text FROM sluice.connections)))::text
                """, named: "error SCHEMA_MUST_BE_OURS"),
        Fault(
            "the archive is gone", plant: "ALTER TABLE salesforce._trigger_log_archive RENAME TO moved",
            heal: "ALTER TABLE salesforce.moved RENAME TO _trigger_log_archive", named: "error METADATA_MUST_EXIST"),
    ]

    private static let recordFaults = [
        Fault(
            "polls are late",
            plant: "UPDATE sluice.mappings SET sf_polled_at = now() - interval '30 minutes' WHERE object_name = 'Account'",
            heal: "UPDATE sluice.mappings SET sf_polled_at = now()", named: "warning POLLS_SHOULD_KEEP_UP Account"),
        Fault(
            "nothing was polled for hours",
            plant: "UPDATE sluice.mappings SET sf_polled_at = now() - interval '3 hours' WHERE object_name = 'Contact'",
            heal: "UPDATE sluice.mappings SET sf_polled_at = now()", named: "error POLLS_SHOULD_KEEP_UP Contact"),
        Fault(
            "a mapping broke off",
            plant: "UPDATE sluice.mappings SET state = 'BAD_CONFIG', state_description = 'a field is gone' WHERE object_name = 'Contact'",
            heal: "UPDATE sluice.mappings SET state = 'DATA_SYNCED', state_description = NULL", named: "error MAPPING_MUST_WORK Contact"),
        Fault(
            "the API version is old", plant: "UPDATE sluice.connections SET api_version = '40.0'",
            heal: "UPDATE sluice.connections SET api_version = '60.0'", named: "warning MUST_USE_RECENT_API_VERSION"),
        Fault(
            "a process of another version runs",
            plant: """
                INSERT INTO sluice.workers (name, role, host, pid, concurrency, kinds, leads, version)
                VALUES ('worker.other.1.x', 'worker', 'other', 1, 1, '{}', false, 'r7')
                """, heal: "DELETE FROM sluice.workers WHERE version = 'r7'", named: "warning PROCESSES_SHOULD_BE_ONE_VERSION"),
    ]

    @Test("in the schema: triggers, indexes, columns, ids, waiting changes, owner")
    func schema() async throws {
        try await withWorld { world in
            #expect(try await found(world) == [], "a world that works")
            for fault in Self.schemaFaults { try await check(fault, in: world) }
            // What a function was is known only here.
            let function: String = try await world.pool.query("SELECT pg_get_functiondef('salesforce.hc_account_logger'::regproc) AS text")[
                0
            ]
            .decode("text")
            try await check(
                Fault(
                    "a trigger's function was altered",
                    plant:
                        "CREATE OR REPLACE FUNCTION salesforce.hc_account_logger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
                    heal: function, named: "warning TRIGGERS_MUST_BE_OURS Account"), in: world)
            #expect(try await found(world) == [], "all of it healed")
        }
    }

    @Test("in the records and the processes: late polls, states, old versions")
    func records() async throws {
        try await withWorld { world in
            for fault in Self.recordFaults { try await check(fault, in: world) }
            #expect(try await found(world, schedulers: 0) == ["error PROCESSES_MUST_RUN"])
            #expect(try await found(world) == [], "all of it healed")
        }
    }

    @Test("of other roles and of the database: rights, settings that switch the capture off, a limit of sessions, no hstore")
    func roles() async throws {
        try await withWorld { world in
            let role = "app_\(UUID().uuidString.prefix(8).lowercased())"
            let database = PostgresText.quoteIdentifier(world.database.name)
            try await check(
                Fault(
                    "a role may write but not record it",
                    plant: """
                        CREATE ROLE \(role) LOGIN; GRANT USAGE ON SCHEMA salesforce TO \(role);
                        GRANT INSERT, UPDATE ON salesforce.account TO \(role)
                        """,
                    heal:
                        "GRANT INSERT ON salesforce._trigger_log TO \(role); GRANT USAGE ON SEQUENCE salesforce._trigger_log_id_seq TO \(role)",
                    named: "error WRITERS_MUST_HAVE_RIGHTS Account"), in: world)
            try await check(
                Fault(
                    "a role looks like Sluice itself", plant: "ALTER ROLE \(role) IN DATABASE \(database) SET xmlbinary = hex",
                    heal: "ALTER ROLE \(role) IN DATABASE \(database) RESET ALL", named: "error CAPTURE_MUST_BE_ON"), in: world)
            try await check(
                Fault(
                    "the database's sessions run out", plant: "ALTER DATABASE \(database) CONNECTION LIMIT 3",
                    heal: "ALTER DATABASE \(database) CONNECTION LIMIT -1", named: "error CONNECTIONS_MUST_SUFFICE"), in: world)
            #expect(try await found(world) == [], "all of it healed")
            try await world.script("DROP OWNED BY \(role); DROP ROLE \(role)")
            try await world.script("DROP EXTENSION hstore CASCADE")
            #expect(try await found(world).contains("error EXTENSION_MUST_EXIST"))
        }
    }

    @Test("at Salesforce: calls run out, clocks differ, a version that is served no more")
    func organization() async throws {
        try await withWorld { world in
            while try await calls(world) < 60 { _ = try await world.poll("Account") }
            let quota = try await calls(world) + 14
            try await world.sandbox(.post, "/sandbox/faults", #"{"api_quota":\#(quota)}"#)
            let near = try await found(world)
            #expect(near.count == 1 && near.first?.hasSuffix("API_LIMITS_MUST_SUFFICE") == true, "\(near)")
            try await world.sandbox(.post, "/sandbox/faults", #"{"api_quota":1000000}"#)
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":90}"#)
            #expect(try await found(world) == ["warning ORG_CLOCK_MUST_AGREE"])
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":-7200}"#)
            #expect(try await found(world).contains("error ORG_CLOCK_MUST_AGREE"))
        }
    }

    // MARK: - The world

    private func withWorld(_ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 5, "Contact": 5]) { world in
            try await world.importMappings([
                ("Account", Self.account, "read_write", "External_Id__c"), ("Contact", Self.contact, "read_only", nil),
            ])
            try await body(world)
        }
    }

    private func check(_ fault: Fault, in world: SyncWorld) async throws {
        try await world.script(fault.plant)
        #expect(try await found(world) == fault.named, "\(fault.name)")
        try await world.script(fault.heal)
    }

    private func calls(_ world: SyncWorld) async throws -> Int {
        try await world.sandbox(.get, "/sandbox/stats")["api_calls"] as? Int ?? 0
    }

    /// What a diagnosis by a worker names: `error RULE Object`.
    private func found(_ world: SyncWorld, schedulers: Int = 1) async throws -> Set<String> {
        try await world.pool.run("DELETE FROM sluice.workers WHERE role = 'scheduler'")
        if schedulers > 0 {
            let scheduler = WorkerRegistration(role: .scheduler)
            try await world.pool.withSession { try scheduler.beat(in: $0, leads: true) }
        }
        let inquiry = try await world.catalog.ask(.validation, of: world.connectionID, by: "test") {
            try .diagnose(world.connectionID, mapping: nil, inquiry: $0)
        }
        let done = try await world.finished(try #require(inquiry.jobID))
        #expect(done.state == "completed", "\(done.text)")
        let answer = try JSONValue(parsing: try #require(try await world.catalog.inquiry(inquiry.id)?.answer))
        func names(_ lists: JSONValue, _ object: String?) -> [String] {
            [("errors", "error"), ("warnings", "warning")].flatMap { key, verdict in
                (lists[key]?.elements ?? []).map { item in
                    #expect(item["message"]?.string?.isEmpty == false)
                    return [verdict, item["rule_id"]?.string, object].compactMap(\.self).joined(separator: " ")
                }
            }
        }
        return Set(names(answer, nil) + (answer["mappings"]?.members ?? []).flatMap { names($0.value, $0.key) })
    }
}
