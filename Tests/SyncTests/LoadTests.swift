import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncJournal
import SyncWorld
import TestDatabase
import Testing

@Suite("Loading a mapped table")
struct LoadTests {
    private static let stages = "pg_tables WHERE schemaname = 'sluice_staging' AND tablename NOT IN ('fences', 'deleted_rows')"

    @Test("a first load brings every row and field, over several pages and workers", arguments: TargetHome.allCases)
    func firstLoad(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 3000, "Contact": 500], bulkPageRows: 700, workers: 2, home: home) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"),
                ("Contact", SyncWorld.contactFields, "read_only", nil),
            ])
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.mapping("Contact").state == .dataSynced)
            #expect(try await world.count("salesforce.account") == 3000)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.isEqual("Contact", SyncWorld.contactFields))
            #expect(try await world.count("salesforce._trigger_log") == 0)
            #expect(try await world.count("salesforce.account WHERE _hc_lastop <> 'SYNCED'") == 0)
            #expect(
                try await world.count(Self.stages) == 0)
        }
    }

    @Test("a parent's field is loaded in every spelling that configurations have, also where the parent is of the same object")
    func parentFields() async throws {
        try await SyncWorld.with(rows: ["Account": 40, "Contact": 60]) { world in
            let contact = ["Id", "IsDeleted", "SystemModstamp", "AccountId", "Account__External_Id__c"]
            try await world.importMappings([
                ("Account", SyncWorld.accountFields + ["Parent__External_Id__c"], "read_write", "External_Id__c"),
                ("Contact", contact, "read_only", nil),
            ])
            for object in ["Account", "Contact"] {
                let mapping = try await world.mapping(object)
                #expect(mapping.state == .dataSynced, "\(mapping.stateDescription ?? "")")
            }
            let joined = "salesforce.contact c JOIN salesforce.account a ON a.sfid = c.accountid"
            #expect(try await world.count("\(joined) WHERE a.external_id__c IS NOT NULL") > 0)
            #expect(try await world.count("\(joined) WHERE c.account__external_id__c IS DISTINCT FROM a.external_id__c") == 0)
            #expect(
                try await world.count(
                    "salesforce.account c JOIN salesforce.account a ON a.sfid = c.parentid WHERE c.parent__external_id__c IS DISTINCT FROM a.external_id__c"
                ) == 0)
            #expect(try await world.count("salesforce.account WHERE parentid IS NULL AND parent__external_id__c IS NOT NULL") == 0)
        }
    }

    @Test("the mapped schema holds what Heroku Connect would have made, and nothing else")
    func schema() async throws {
        try await SyncWorld.with(rows: ["Account": 10]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            let tables = try await world.target.query("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'salesforce' ORDER BY 1")
                .map { try $0.decode("name", as: String.self) }
            #expect(tables == ["_hcmeta", "_sf_event_log", "_trigger_log", "_trigger_log_archive", "account"])
            let indexes = try await world.target.query(
                "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'salesforce' AND tablename = 'account' ORDER BY 1"
            )
            .map { try $0.decode("name", as: String.self) }
            #expect(indexes == ["account_pkey", "hc_idx_account_systemmodstamp", "hcu_idx_account_external_id__c", "hcu_idx_account_sfid"])
            let triggers = try await world.target.query(
                "SELECT tgname AS name FROM pg_trigger WHERE tgrelid = 'salesforce.account'::regclass AND NOT tgisinternal ORDER BY 1"
            ).map { try $0.decode("name", as: String.self) }
            #expect(triggers == ["hc_account_logtrigger", "hc_account_status_trigger"])
            let columns = try await world.target.query(
                """
                SELECT attname || ' ' || format_type(atttypid, atttypmod) AS c FROM pg_attribute
                WHERE attrelid = 'salesforce.account'::regclass AND attnum > 0 ORDER BY attnum
                """
            ).map { try $0.decode("c", as: String.self) }
            #expect(columns.contains("systemmodstamp timestamp without time zone"))
            #expect(columns.contains("annualrevenue double precision"))
            #expect(columns.contains("numberofemployees integer"))
            #expect(columns.suffix(4) == ["sfid character varying(18)", "id integer", "_hc_lastop character varying(32)", "_hc_err text"])
        }
    }

    @Test("a reload keeps ids, removes what the org no longer has, and repairs what somebody damaged", arguments: TargetHome.allCases)
    func reload(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 400], bulkPageRows: 150, home: home) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            let before = try await world.target.query("SELECT sfid, id FROM salesforce.account ORDER BY sfid")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("UPDATE salesforce.account SET name = 'damaged' WHERE id % 7 = 0")
                try session.run("DELETE FROM salesforce.account WHERE id % 50 = 0")
                try session.run(
                    "INSERT INTO salesforce.account (sfid, name, systemmodstamp) VALUES ('001000000000000AAA', 'ghost', '2020-01-01')")
            }
            let result = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            #expect(result.state == "completed", "\(result.text)")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            let after = try await world.target.query("SELECT sfid, id FROM salesforce.account ORDER BY sfid")
            let kept = Dictionary(
                uniqueKeysWithValues: try after.map { (try $0.decode("sfid", as: String.self), try $0.decode("id", as: Int.self)) })
            for row in before {
                let id = try row.decode("id", as: Int.self)
                if id % 50 != 0 { #expect(kept[try row.decode("sfid")] == id) }
            }
        }
    }

    @Test(
        "rows that people make while the first load runs are matched, not doubled, and written to the org", arguments: TargetHome.allCases)
    func rowsMadeMeanwhile(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 600], bulkPageRows: 100, home: home) { world in
            // The pages come slowly, so that the rows below are there before most of them.
            try await world.sandbox(.post, "/sandbox/trouble", #"{"kind":"slow","ms_per_chunk":300,"count":-1,"path_prefix":"…/results"}"#)
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","insert":{"count":1,"fields":{"Name":"Known","External_Id__c":"KNOWN-%d"}}}"#)
            let importing = Task { try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")]) }
            try await eventually("the table exists") {
                try await world.count("pg_tables WHERE schemaname = 'salesforce' AND tablename = 'account'") == 1
            }
            try await world.target.run(
                "INSERT INTO salesforce.account (name, external_id__c) VALUES ('Made meanwhile', 'MEANWHILE-1'), ('Known by us too', 'KNOWN-601')"
            )
            try await world.sandbox(.delete, "/sandbox/trouble")
            try await importing.value
            _ = try await world.write()
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account") == 602)
            // What was made here is newer than the record that it met.
            #expect(try await world.count("salesforce.account WHERE name = 'Known by us too'") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test(
        "a table that is made anew takes a value of a unique column once from the start, so that its load can end",
        arguments: TargetHome.allCases)
    func uniqueFromTheStart(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 200], bulkPageRows: 50, home: home) { world in
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":5000}"#)
            try await world.startImport([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await eventually { try await world.count("sluice.mappings WHERE state = 'WAIT_BULK_LOAD'") == 1 }
            try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('Made meanwhile', 'MEANWHILE-1')")
            let error = await #expect(throws: PostgresError.self) {
                try await world.target.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('Made twice', 'MEANWHILE-1')")
            }
            #expect(error?.constraint == "hcu_idx_account_external_id__c")
            try await eventually { try await world.mapping("Account").state == .dataSynced }
            #expect(try await world.write().state == "completed")
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account") == 201)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    /// What somebody does to the table while it is loaded for the first time, and a query that finds it afterwards.
    static let doings: [(sql: String, finds: String)] = [
        (
            "GRANT SELECT ON salesforce.account TO pg_monitor",
            "pg_class WHERE oid = 'salesforce.account'::regclass AND relacl::text LIKE '%pg_monitor=r/%'"
        ),
        ("CREATE VIEW public.names AS SELECT name FROM salesforce.account", "public.names"),
        ("CREATE INDEX mine ON salesforce.account (phone)", "pg_indexes WHERE indexname = 'mine' AND tablename = 'account'"),
        ("ALTER TABLE salesforce.account ADD COLUMN mine text DEFAULT 'x'", "salesforce.account WHERE mine = 'x'"),
        (
            "CREATE TABLE public.note (a text REFERENCES salesforce.account (sfid))",
            "pg_constraint WHERE conrelid = 'public.note'::regclass AND contype = 'f'"
        ),
        (
            "COMMENT ON TABLE salesforce.account IS 'mine'",
            "pg_class WHERE oid = 'salesforce.account'::regclass AND obj_description(oid, 'pg_class') = 'mine'"
        ),
    ]

    @Test("what people put on a table while it is loaded for the first time stays on it", arguments: doings.indices, TargetHome.allCases)
    func doneMeanwhile(index: Int, home: TargetHome) async throws {
        let doing = Self.doings[index]
        try await SyncWorld.with(rows: ["Account": 200], bulkPageRows: 50, home: home) { world in
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":5000}"#)
            try await world.startImport([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await eventually { try await world.count("sluice.mappings WHERE state = 'WAIT_BULK_LOAD'") == 1 }
            #expect(try await world.count("salesforce.account") == 0)
            try await world.script(doing.sql)
            try await eventually { try await world.mapping("Account").state == .dataSynced }
            #expect(try await world.count(doing.finds) > 0)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account WHERE _hc_lastop IS DISTINCT FROM 'SYNCED'") == 0)
            let indexes = try await world.count(
                "pg_indexes WHERE schemaname = 'salesforce' AND tablename = 'account' AND indexname <> 'mine'")
            #expect(indexes == 4)
            try await world.target.run("UPDATE salesforce.account SET phone = '1' WHERE sfid = (SELECT min(sfid) FROM salesforce.account)")
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'NEW' AND action = 'UPDATE'") == 1)
            #expect(
                try await world.count(Self.stages) == 0)
            try await world.target.run("INSERT INTO salesforce.account (name) VALUES ('the next id')")
            #expect(try await world.count("salesforce.account WHERE name = 'the next id' AND id > 200") == 1)
        }
    }

    @Test("a row that was written from here, and whose record was deleted before it was read back, goes with the next load")
    func deletedUnread() async throws {
        try await SyncWorld.with(rows: ["Account": 3]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            try await world.target.run("INSERT INTO salesforce.account (name) VALUES ('brief')")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            let record = try await world.sfids("Account", where: "name = 'brief'").first ?? ""
            #expect(try await world.count("salesforce.account WHERE sfid = '\(record)' AND systemmodstamp IS NULL") == 1)
            try await world.sandbox(.post, "/sandbox/hard-delete", #"{"ids":["\#(record)"]}"#)
            _ = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            #expect(try await world.count("salesforce.account WHERE sfid = '\(record)'") == 0)
            #expect(try await world.count("salesforce.account") == 3)
        }
    }

    @Test("versions of the API before 58.0 list no pages: each tells where the next begins", arguments: ["57.0", "50.0", "58.0"])
    func oldVersion(version: String) async throws {
        try await SyncWorld.with(rows: ["Account": 500], bulkPageRows: 90, workers: 2) { world in
            try await world.pool.run("UPDATE sluice.connections SET api_version = \(version)")
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            #expect(try await world.count("sluice.finished_jobs WHERE kind = 'load_page' AND state = 'completed'") == 6)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("sluice.load_pages") == 0)
        }
    }

    @Test("an unknown object or field stops its own mapping with a message that names it, and no other")
    func badConfiguration() async throws {
        try await SyncWorld.with(rows: ["Account": 10, "Contact": 10]) { world in
            try await world.importMappings([
                ("Nonsense__c", ["Id"], "read_only", nil), ("Contact", ["Id", "SystemModstamp", "NoSuchField__c"], "read_only", nil),
                ("Account", ["Id", "SystemModstamp", "Name"], "read_only", nil),
            ])
            let nonsense = try await world.mapping("Nonsense__c")
            #expect(nonsense.state == .badConfig)
            #expect(nonsense.stateDescription?.contains("Nonsense__c") ?? false)
            let contact = try await world.mapping("Contact")
            #expect(contact.state == .badConfig)
            #expect(contact.stateDescription?.contains("NoSuchField__c") ?? false)
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.catalog.notifications(world.connectionID).count == 2)
        }
    }

    @Test(
        "a page of HTML in the place of a result, with status 200 and one line, is no result without rows", arguments: TargetHome.allCases)
    func htmlResult(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 120], bulkPageRows: 50, home: home) { world in
            let accounts = ("Account", SyncWorld.accountFields, "read_write", String?.none)
            try await world.sandbox(.post, "/sandbox/trouble", #"{"kind":"html","path_prefix":"…/results","count":2}"#)
            try await world.importMappings([accounts])
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            try await world.script(
                """
                CREATE TABLE public.gone (n int);
                CREATE FUNCTION public.note_gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.gone VALUES (1); RETURN NULL; END';
                CREATE TRIGGER note_gone AFTER DELETE ON salesforce.account FOR EACH ROW EXECUTE FUNCTION public.note_gone()
                """)
            try await world.sandbox(.post, "/sandbox/trouble", #"{"kind":"html","path_prefix":"…/results","count":2}"#)
            let result = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            #expect(result.text.hasPrefix("120 rows in 3 pages"), "\(result)")
            #expect(try await world.count("public.gone") == 0)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("a load outlives expired sessions, outages, HTML answers and lost connections", arguments: TargetHome.allCases)
    func trouble(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 2000], bulkPageRows: 500, home: home) { world in
            for trouble in [
                #"{"kind":"status","status":503,"count":2,"path_prefix":"/services/data"}"#,
                #"{"kind":"html","status":200,"count":1,"path_prefix":"…/jobs/query"}"#,
                #"{"kind":"status","status":401,"count":1,"path_prefix":"…/results"}"#,
                #"{"kind":"close","count":1,"path_prefix":"…/results"}"#,
            ] {
                try await world.sandbox(.post, "/sandbox/trouble", trouble)
            }
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            // All five were met, so it was not a quiet day.
            #expect(try await world.sandbox(.get, "/sandbox/stats")["troubles_met"] as? Int == 5)
        }
    }
}
