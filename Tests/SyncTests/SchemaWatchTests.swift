import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

@Suite("An org whose schema changes")
struct SchemaWatchTests {
    private static let accounts = ("Account", SyncWorld.accountFields, "read_only", String?.none)

    private static func poll(_ world: SyncWorld, due: Bool = true) async throws -> (state: String, text: String) {
        if due { try await world.pool.run("UPDATE sluice.mappings SET described_at = described_at - interval '11 minutes'") }
        return try await world.poll("Account")
    }

    @Test("a text that became longer widens its column, and polling goes on, whatever stands on it", arguments: [true, false])
    func widened(isDue: Bool) async throws {
        let reader = "sluice_test_reader_\(UUID().uuidString.prefix(8).lowercased())"
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await world.importMappings([Self.accounts])
            try await world.script(
                """
                CREATE ROLE \(reader) NOLOGIN;
                CREATE VIEW public.phones WITH (security_barrier=true) AS SELECT sfid, phone AS number FROM salesforce.account;
                COMMENT ON VIEW public.phones IS 'ours'; COMMENT ON COLUMN public.phones.number IS 'the number';
                GRANT SELECT ON public.phones TO \(reader); GRANT UPDATE (number) ON public.phones TO \(reader);
                CREATE VIEW public.long_phones AS SELECT * FROM public.phones WHERE length(number) > 40;
                CREATE MATERIALIZED VIEW public.phone_book AS SELECT number, count(*) AS n FROM public.phones GROUP BY number;
                CREATE UNIQUE INDEX phone_book_number ON public.phone_book (number);
                CREATE TABLE public.seen (number text);
                CREATE RULE watch AS ON DELETE TO public.seen
                    WHERE EXISTS (SELECT FROM salesforce.account a WHERE a.phone = OLD.number) DO INSTEAD NOTHING
                """)
            let before = try await Self.looks(world)
            try await world.sandbox(
                .post, "/sandbox/schema", #"{"change":"change_field","object":"Account","field":"Phone","set":{"length":100}}"#)
            let long = String(repeating: "1", count: 90)
            try await world.sandbox(
                .post, "/sandbox/mutate", "{\"object\":\"Account\",\"update\":{\"count\":5,\"field\":\"Phone\",\"value\":\"\(long)\"}}")
            let result = try await Self.poll(world, due: isDue)
            #expect(result.state == "completed", "\(result.text)")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("public.long_phones") == 5)
            #expect(try await Self.looks(world) == before)
            try await world.script("REFRESH MATERIALIZED VIEW public.phone_book; DROP OWNED BY \(reader); DROP ROLE \(reader)")
            #expect(try await world.count("public.phone_book WHERE length(number) > 40") > 0)
            #expect(try await world.count("sluice.jobs WHERE kind = 'load'") == 0)
        }
    }

    static let obstacles = [
        ("POLICY longer ON salesforce.account", "USING (length(phone) > 1)"),
        ("TRIGGER on_phone ON salesforce.account", "BEFORE UPDATE OF phone"),
        ("FUNCTION public.first_phone()", "RETURNS text BEGIN ATOMIC SELECT phone FROM salesforce.account LIMIT 1; END"),
    ]

    @Test(
        "what Postgres lets nobody set aside is named with what to run, and polling goes on by itself once it is gone", arguments: obstacles
    )
    func obstructed(_ drop: String, _ definition: String) async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await world.importMappings([Self.accounts])
            let kind = drop.prefix { $0 != " " }
            let statement =
                kind == "TRIGGER"
                ? "CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER on_phone \(definition) ON salesforce.account FOR EACH ROW EXECUTE FUNCTION public.look()"
                : "CREATE \(drop) \(definition)"
            try await world.script(statement)
            try await world.sandbox(
                .post, "/sandbox/schema", #"{"change":"change_field","object":"Account","field":"Phone","set":{"length":100}}"#)
            #expect(try await Self.poll(world).state == "failed")
            let stopped = try await world.mapping("Account")
            #expect(stopped.state == .badConfig)
            let name = drop.split(whereSeparator: { " .()".contains($0) })[kind == "FUNCTION" ? 2 : 1]
            let description = stopped.stateDescription ?? ""
            for said in [String(name), "ALTER COLUMN", "character varying(100)"] { #expect(description.contains(said), "\(description)") }
            #expect(try await world.count("sluice.notifications") == 1)
            try await world.script("DROP \(drop)")
            #expect(try await Self.poll(world).state == "completed")
            #expect(try await world.mapping("Account").state == .dataSynced)
        }
    }

    /// What stands on the table, as Postgres prints it.
    private static func looks(_ world: SyncWorld) async throws -> [String] {
        try await world.target.query(
            """
            SELECT c.relname || ' ' || c.relkind::text || ' ' || pg_get_userbyid(c.relowner) || ' ' || coalesce(c.relacl::text, '') || ' '
                   || coalesce(c.reloptions::text, '') || ' ' || coalesce(obj_description(c.oid, 'pg_class'), '') || ' ' || coalesce(pg_get_viewdef(c.oid), '') AS line
            FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'phone_book'
            UNION ALL SELECT coalesce(col_description('public.phones'::regclass, 2), '') || (SELECT coalesce(attacl::text, '') FROM pg_attribute WHERE attrelid = 'public.phones'::regclass AND attname = 'number')
            UNION ALL SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'watch'
            ORDER BY 1
            """
        ).map { try $0.decode("line") }
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: String
        let state: MappingState
        let says: String
        let back: String
    }

    static let stopping = [
        Change(
            testDescription: "a removed field", change: #"{"change":"remove_field","object":"Account","field":"Interests__c"}"#,
            state: .badConfig,
            says: "Interests__c",
            back:
                #"{"change":"add_field","object":"Account","field":{"name":"Interests__c","type":"multipicklist","picklistValues":["Sailing","Chess"],"length":4099}}"#
        ),
        Change(
            testDescription: "a hidden field",
            change: #"{"change":"change_field","object":"Account","field":"Interests__c","set":{"access":"hidden"}}"#, state: .badConfig,
            says: "Interests__c",
            back: #"{"change":"change_field","object":"Account","field":"Interests__c","set":{"access":null}}"#),
        Change(
            testDescription: "a field of another type",
            change: #"{"change":"change_field","object":"Account","field":"Last_Visit__c","set":{"type":"double"}}"#,
            state: .badConfig, says: "Last_Visit__c",
            back: #"{"change":"change_field","object":"Account","field":"Last_Visit__c","set":{"type":"datetime"}}"#),
    ]

    @Test("a column that was dropped and made again is read with what was written of it meanwhile", arguments: [10_000, 1])
    func madeAgain(largeQueryThreshold: Int) async throws {
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.pool.run("UPDATE sluice.connections SET large_query_threshold = \(largeQueryThreshold)")
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", nil)])
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .paused, deletesPerHour: nil, requestedBy: "test")
            try await world.script("UPDATE salesforce.account SET annualrevenue = 4711 WHERE id > 5")
            try await world.script("ALTER TABLE salesforce.account DROP COLUMN annualrevenue CASCADE")
            #expect(try await world.run(.load(try await world.mapping("Account"), reason: .reload)).state == "completed")
            #expect(try await world.count("salesforce.account WHERE id > 5 AND annualrevenue IS NULL") == 15)
            try await world.catalog.setWriteSwitches(world.connectionID, mode: .on, deletesPerHour: nil, requestedBy: "test")
            try await eventually("it is written") {
                try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING')") == 0
            }
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.count("salesforce.account WHERE id > 5 AND annualrevenue = 4711") == 15)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test("what a mapping can no longer read stops it at once, said and notified, and it goes on by itself", arguments: stopping)
    func stops(_ change: Change) async throws {
        try await SyncWorld.with(rows: ["Account": 20, "Contact": 5]) { world in
            try await world.importMappings([Self.accounts, ("Contact", SyncWorld.contactFields, "read_only", nil)])
            let watermark = try await world.mapping("Account").watermark
            try await world.sandbox(.post, "/sandbox/schema", change.change)
            #expect(try await Self.poll(world).state == "failed")
            let mapping = try await world.mapping("Account")
            #expect(mapping.state == change.state)
            #expect(mapping.stateDescription?.contains(change.says) == true, "\(mapping.stateDescription ?? "")")
            #expect(mapping.watermark == watermark)
            #expect(try await world.count("sluice.notifications") == 1)
            #expect(try await world.poll("Contact").state == "completed")
            try await world.sandbox(.post, "/sandbox/schema", change.back)
            let back = try await world.poll("Account")
            #expect(back.state == "completed", "\(back.text)")
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.mapping("Account").stateDescription == nil)
        }
    }

    @Test("an object that is gone leaves its mapping SYNC_REMOVED and its table as it was")
    func removedObject() async throws {
        try await SyncWorld.with(rows: ["Project__c": 10]) { world in
            try await world.importMappings([("Project__c", ["Id", "IsDeleted", "SystemModstamp", "Name"], "read_only", nil)])
            try await world.sandbox(
                .post, "/sandbox/schema",
                #"[{"change":"remove_object","object":"Milestone__c"},{"change":"remove_object","object":"Project__c"}]"#)
            #expect(try await world.poll("Project__c").state == "failed")
            #expect(try await world.mapping("Project__c").state == .syncRemoved)
            #expect(try await world.catalog.orphanedMappings(world.connectionID).map(\.objectName) == ["Project__c"])
            #expect(try await world.count("salesforce.project__c") == 10)
            #expect(try await world.count("sluice.notifications") == 1)
        }
    }

    @Test("a field that became narrower, required or got another label changes nothing")
    func harmless() async throws {
        try await SyncWorld.with(rows: ["Account": 20]) { world in
            try await world.importMappings([Self.accounts])
            try await world.sandbox(
                .post, "/sandbox/schema",
                #"{"change":"change_field","object":"Account","field":"Website","set":{"length":200,"nillable":false,"label":"Site"}}"#)
            #expect(try await Self.poll(world).state == "completed")
            #expect(try await world.mapping("Account").state == .dataSynced)
            let type = try await world.target.query(
                "SELECT format_type(atttypid, atttypmod) AS t FROM pg_attribute WHERE attrelid = 'salesforce.account'::regclass AND attname = 'website'"
            )[0]
            #expect(try type.decode("t", as: String.self) == "character varying(255)")
        }
    }

    @Test("the org is asked by date, every ten minutes, and answers that nothing changed")
    func conditional() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings([Self.accounts])
            let first = try #require(try await world.mapping("Account").describedAt)
            #expect(try await world.mapping("Account").describeDate != nil)
            _ = try await world.poll("Account")
            #expect(try await world.mapping("Account").describedAt == first)
            #expect(try await Self.poll(world).state == "completed")
            #expect(try await world.mapping("Account").describedAt! >= first)
        }
    }

    @Test("new columns are filled beside polling, which goes on, and nothing that polls brought goes back")
    func columns() async throws {
        try await SyncWorld.with(rows: ["Account": 60], bulkPageRows: 20) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields.filter { $0 != "Website" }, "read_only", nil)])
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":6000}"#)
            try await world.startImport([Self.accounts])
            try await eventually { try await world.count("sluice.jobs WHERE kind = 'load' AND progress->>'phase' = 'wait'") == 1 }
            try await world.change(10)
            let polled = try await world.poll("Account")
            #expect(polled.text.contains("10 updated"), "\(polled.text)")
            let watermark = try await world.mapping("Account").watermark!
            try await eventually { try await world.count("sluice.jobs WHERE kind IN ('load', 'load_page')") == 0 }
            #expect(try await world.mapping("Account").watermark! >= watermark)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }
}
