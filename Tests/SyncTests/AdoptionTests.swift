import Catalog
import Cluster
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SandboxOrg
import SchemaInspection
import Secrets
import SyncWorld
import TestDatabase
import Testing

@testable import MappedSchema
@testable import Sync

@Suite("Adopting a schema that Heroku Connect filled", .timeLimit(.minutes(20)))
struct AdoptionTests {
    private func withSchema(
        home: TargetHome = .ownDatabase, rows: Int = 30, _ body: @Sendable (SyncWorld) async throws -> Void
    ) async throws {
        try await SyncWorld.with(rows: ["Account": rows], home: home) { world in
            try await world.fillAsHerokuConnect()
            try await body(world)
        }
    }

    private func adopt(_ world: SyncWorld, _ mode: AdoptArgs.Mode, export: String? = HerokuConnectSchema.export) async throws
        -> AdoptionReport
    {
        let adopter = SchemaAdopter(
            catalog: world.catalog, sealingKey: try SealingKey(base64: Data(repeating: 7, count: 32).base64EncodedString()),
            environment: [:],
            transport: HTTPClientConfiguration(), logger: TestDatabase.quietLogger)
        let connection = try #require(try await world.catalog.connection(world.connectionID))
        let report = try await adopter.run(
            AdoptArgs(mode: mode, export: mode == .takeBack ? nil : export, requestedBy: "test"), of: connection)
        await adopter.close()
        return report
    }

    /// Where each row version is, who wrote it, and what it says.
    private func versions(_ world: SyncWorld) async throws -> [String] {
        try await world.target.query(
            "SELECT ctid::text || ' ' || xmin::text || ' ' || t::text AS row FROM salesforce.account t ORDER BY id"
        ).map {
            try $0.decode("row")
        }
    }

    private func snapshot(_ world: SyncWorld) async throws -> SchemaSnapshot {
        try await world.target.withSession { try SchemaSnapshot.take(of: "salesforce", in: $0) }
    }

    /// The lines in which the two differ.
    private func difference(_ before: SchemaSnapshot, _ after: SchemaSnapshot) -> [String] {
        func lines(_ snapshot: SchemaSnapshot) -> Set<String> {
            var lines = Set(snapshot.schemas.map { "schema \($0)" })
            lines.formUnion(snapshot.tables.map { "table \($0)" })
            lines.formUnion(snapshot.columns.map { "column \($0.key.table).\($0.key.name): \($0.value)" })
            lines.formUnion(snapshot.indexes.map { "index \($0.key.table).\($0.key.name): \($0.value)" })
            lines.formUnion(snapshot.triggers.map { "trigger \($0.key.table).\($0.key.name): \($0.value)" })
            lines.formUnion(snapshot.functions.map { "function \($0.key): \($0.value)" })
            lines.insert("hstore in \(snapshot.hstore ?? "no schema"), meta \(String(describing: snapshot.meta))")
            return lines
        }
        return lines(before).symmetricDifference(lines(after)).sorted()
    }

    @Test("a plan tells what would be done and changes nothing, neither in the schema nor among the mappings")
    func plan() async throws {
        try await withSchema { world in
            let (before, rows) = (try await snapshot(world), try await versions(world))
            let report = try await adopt(world, .plan)
            #expect(report.isSound, "\(report.text)")
            #expect(report.text.contains("Nothing was changed"))
            #expect(report.alterations.contains { $0.contains("hc_idx_account_systemmodstamp") }, "\(report.alterations)")
            #expect(report.alterations.contains { $0.contains("salesforce.hc_account_logger()") })
            #expect(report.tables.first?.rows == 31 && report.tables.first?.waiting == ["NEW": 2, "PENDING": 1])
            #expect(report.tables.first?.readsFrom != nil && report.tables.first?.load == nil)
            let after = try await snapshot(world)
            #expect(difference(before, after) == [])
            #expect(try await versions(world) == rows)
            #expect(try await world.catalog.mappings(world.connectionID).isEmpty)
            #expect(try await world.catalog.adoption(of: world.connectionID) == nil)
        }
    }

    @Test(
        "no row is written, what users made stays, waiting changes reach the org, and the org's changes come by polls",
        arguments: TargetHome.allCases)
    func adoption(home: TargetHome) async throws {
        try await withSchema(home: home) { world in
            let (before, rows) = (try await snapshot(world), try await versions(world))
            // Nothing is read or written while the rows are compared.
            try await world.pool.run("UPDATE sluice.connections SET state = 'PAUSED'")
            let report = try await adopt(world, .adopt)
            #expect(report.isSound, "\(report.text)")
            #expect(try await versions(world) == rows)
            let after = try await snapshot(world)
            for (part, type) in before.columns where part.name != "_hc_err" { #expect(after.columns[part] == type, "\(part)") }
            for (part, definition) in before.triggers { #expect(after.triggers[part] == definition) }
            for (part, definition) in before.indexes { #expect(after.indexes[part] == definition) }
            #expect(try await world.count("salesforce.customers") == 31)
            #expect(after.meta?.details?.contains("\"cell\":\"3\"") == true && after.meta?.details?.contains("sluice") == true)
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.count("sluice.all_jobs WHERE kind IN ('load', 'load_page')") == 0)

            try await world.pool.run("UPDATE sluice.connections SET state = 'IDLE'")
            let written = try await world.write()
            #expect(written.state == "completed", "\(written)")
            #expect(try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING', 'FAILED')") == 0)
            let polled = try await world.poll("Account")
            #expect(polled.state == "completed", "\(polled)")
            #expect(try await world.isEqual("Account", HerokuConnectSchema.accountFields))
            #expect(try await world.count("salesforce.account WHERE name = 'made by a user' AND sfid IS NOT NULL") == 1)
            // The ids are what they were.
            #expect(try await world.count("salesforce.account WHERE id = 1 AND note = 'ours'") == 1)
        }
    }

    @Test("an adoption is taken back: the schema is as it was, the mappings are gone, and it can be adopted again")
    func takenBack() async throws {
        try await withSchema { world in
            let before = try await snapshot(world)
            #expect(try await adopt(world, .adopt).isSound)
            let early = try await adopt(world, .takeBack)
            #expect(!early.isSound && early.problems.first?.contains("pause it first") == true)
            try await eventually("the connection rests") { try await world.catalog.pause(world.connectionID) }
            let report = try await adopt(world, .takeBack)
            #expect(report.isSound, "\(report.text)")
            var after = try await snapshot(world)
            // What stays is told.
            #expect(report.remains.contains { $0.contains("_hc_err") } && report.remains.contains { $0.contains("sluice_staging") })
            after.columns[.init("account", "_hc_err")] = before.columns[.init("account", "_hc_err")]
            after.schemas.subtract([TargetMetadata.stagingSchema, TargetMetadata.functionSchema])
            #expect(difference(before, after) == [])
            #expect(try await world.catalog.mappings(world.connectionID).isEmpty)
            #expect(!(try await adopt(world, .takeBack)).isSound)
            #expect(try await adopt(world, .adopt).isSound)
        }
    }

    @Test("an adoption that broke off before its records were made is gone on with, and taken back whole")
    func brokenOff() async throws {
        try await withSchema { world in
            let before = try await snapshot(world)
            #expect(try await adopt(world, .adopt).isSound)
            // As if the process had died behind the target's commit.
            try await world.pool.run("DELETE FROM sluice.mappings")
            try await world.pool.run("UPDATE sluice.adoptions SET adopted_at = NULL, mappings = '{}'")
            #expect(try await adopt(world, .adopt).isSound)
            try await eventually("the connection rests") { try await world.catalog.pause(world.connectionID) }
            #expect(try await adopt(world, .takeBack).isSound)
            var after = try await snapshot(world)
            after.columns[.init("account", "_hc_err")] = before.columns[.init("account", "_hc_err")]
            after.schemas.subtract([TargetMetadata.stagingSchema, TargetMetadata.functionSchema])
            #expect(difference(before, after) == [])
        }
    }

    @Test("a dump restored without hstore, session marker, log or triggers gets what it lacks")
    func restored() async throws {
        try await withSchema { world in
            try await world.script(
                """
                DROP TRIGGER hc_account_logtrigger ON salesforce.account;
                DROP TRIGGER hc_account_status_trigger ON salesforce.account;
                DROP FUNCTION salesforce.hc_account_logger(), salesforce.hc_account_status();
                DROP TABLE salesforce._trigger_log, salesforce._sf_event_log;
                INSERT INTO salesforce._trigger_log_archive (id, state) VALUES (77, 'SUCCESS');
                DROP EXTENSION hstore CASCADE;
                DROP FUNCTION public.get_xmlbinary();
                """)
            let rows = try await versions(world)
            let report = try await adopt(world, .adopt)
            #expect(report.isSound, "\(report.text)")
            #expect(try await versions(world) == rows)
            for made in ["hstore", "get_xmlbinary", "_trigger_log", "_sf_event_log", "hc_account_status()"] {
                #expect(report.alterations.contains { $0.contains(made) }, "\(made)")
            }
            #expect(report.tables.first?.waiting == [:])
            // Ids of the new log go on behind the archive's.
            try await world.target.run("UPDATE salesforce.account SET phone = '1' WHERE id = 2")
            #expect(try await world.count("salesforce._trigger_log WHERE id > 77 AND state = 'NEW'") == 1)
            try await eventually("the connection rests") { try await world.catalog.pause(world.connectionID) }
            let back = try await adopt(world, .takeBack)
            #expect(back.isSound, "\(back.text)")
            #expect(try await snapshot(world).tables.contains("_trigger_log") == false)
        }
    }

    @Test("a mapped field without a column gets one, and a reload fills it beside polling; a table that is not there is loaded")
    func missing() async throws {
        try await withSchema { world in
            try await world.script("ALTER TABLE salesforce.account DROP COLUMN industry")
            let export = HerokuConnectSchema.export.replacing(
                "}], \"version\"",
                with:
                    "}, {\"object_name\": \"Contact\", \"config\": {\"fields\": {\"Id\": {}, \"LastName\": {}, \"SystemModstamp\": {}}}}], \"version\""
            )
            let report = try await adopt(world, .adopt, export: export)
            #expect(report.isSound, "\(report.text)")
            #expect(report.tables.map(\.load) == [.columns, .initial])
            try await eventually("both are loaded") {
                let all = try await world.catalog.mappings(world.connectionID)
                guard all.allSatisfy({ $0.state == .dataSynced && $0.watermark != nil }) else { return false }
                return try await world.count("sluice.jobs WHERE kind = 'load'") == 0
            }
            _ = try await world.write()
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", HerokuConnectSchema.accountFields))
        }
    }

    /// What stands in the way, and what is said of it.
    private static let refusals: [(sql: String, said: String)] = [
        ("UPDATE salesforce._hcmeta SET org_id = '00D000000000009AAA'", "holds the records of the org 00D000000000009AAA"),
        ("ALTER TABLE salesforce.account ALTER COLUMN phone TYPE integer USING NULL", "salesforce.account.phone is integer"),
        ("ALTER TABLE salesforce.account DROP COLUMN _hc_err", "has no column _hc_err"),
        (
            "DROP INDEX salesforce.hcu_idx_account_sfid; UPDATE salesforce.account SET sfid = (SELECT min(sfid) FROM salesforce.account) WHERE id < 3",
            "hcu_idx_account_sfid"
        ),
        (
            """
            ALTER TABLE salesforce.account ALTER COLUMN external_id__c TYPE varchar(3) USING left(external_id__c, 3);
            CREATE POLICY codes ON salesforce.account USING (external_id__c <> '')
            """, "policy"
        ),
    ]

    @Test("what cannot be adopted is left as it is, with one reason that says what to do")
    func refused() async throws {
        for (sql, said) in Self.refusals {
            try await withSchema(rows: 5) { world in
                try await world.script("DROP INDEX IF EXISTS salesforce.hcu_idx_account_external_id__c")
                try await world.script(sql)
                let (before, rows) = (try await snapshot(world), try await versions(world))
                for mode in [AdoptArgs.Mode.plan, .adopt] {
                    let report = try await adopt(world, mode)
                    #expect(!report.isSound && report.text.contains(said), "\(report.text)")
                }
                let after = try await snapshot(world)
                #expect(difference(before, after) == [])
                #expect(try await versions(world) == rows)
                #expect(try await world.catalog.mappings(world.connectionID).isEmpty)
            }
        }
    }

    @Test("roles that may write rows but not the log, changes of tables that are not mapped, and sessions of Heroku Connect are told")
    func warnings() async throws {
        try await withSchema { world in
            let role = "sluice_test_\(UUID().uuidString.prefix(8).lowercased())"
            try await world.script(
                "CREATE ROLE \(role) LOGIN; GRANT USAGE ON SCHEMA salesforce TO \(role); GRANT UPDATE ON salesforce.account TO \(role)")
            try await world.script("INSERT INTO salesforce._trigger_log (state, action, table_name) VALUES ('NEW', 'UPDATE', 'lead')")
            let listener = PostgresPool(
                configuration: try PostgresConfiguration(url: world.targetDatabase.url, applicationName: "connect"), size: 1,
                logger: TestDatabase.quietLogger)
            try await listener.withSession { try $0.script("LISTEN \"salesforce.hc_trigger_log\"") }
            let found = try await adopt(world, .plan)
            await listener.close()
            try await world.script("DROP OWNED BY \(role); DROP ROLE \(role)")
            #expect(found.isSound)
            #expect(found.warnings.contains { $0.contains("GRANT INSERT ON \"salesforce\"._trigger_log TO \(role)") }, "\(found.warnings)")
            #expect(found.warnings.contains { $0.contains("1 changes of salesforce.lead wait") })
            #expect(found.warnings.contains { $0.contains("connect") && $0.contains("Pause it") })
        }
    }

    @Test("1,000,000 rows are adopted within 60 s, and none is written")
    func large() async throws {
        try await withSchema(rows: 5) { world in
            try await world.target.withSession { session in
                try session.run("ALTER TABLE salesforce.account DISABLE TRIGGER USER")
                try session.run(
                    """
                    INSERT INTO salesforce.account (name, sfid, systemmodstamp, isdeleted)
                    SELECT 'a ' || n, '0019' || lpad(n::text, 14, '0'), timestamp '2024-01-01' + n * interval '1 second', false
                    FROM generate_series(1, 1000000) AS n
                    """, timeout: .seconds(300))
                try session.run("ALTER TABLE salesforce.account ENABLE TRIGGER USER")
            }
            let sum = "SELECT count(*) || ' ' || sum(hashtextextended(ctid::text || xmin::text, 0)) AS sum FROM salesforce.account"
            let before: String = try await world.target.query(PostgresQuery(sql: sum), timeout: .seconds(120))[0].decode("sum")
            try await world.pool.run("UPDATE sluice.connections SET state = 'PAUSED'")
            let start = ContinuousClock.now
            let report = try await adopt(world, .adopt)
            let taken = ContinuousClock.now - start
            #expect(report.isSound && report.tables.first?.rows == 1_000_006, "\(report.text)")
            #expect(taken < .seconds(60), "\(taken)")
            #expect(try await world.target.query(PostgresQuery(sql: sum), timeout: .seconds(120))[0].decode("sum") == before)
        }
    }
}

extension SyncWorld {
    /// Makes a schema like Heroku Connect's and fills it with what the org has; a user has changed a row, made one and changed another, whose
    /// change was sent and not answered.
    func fillAsHerokuConnect() async throws {
        let organization = try #require(try await catalog.connection(connectionID)?.organizationID)
        try await script(
            HerokuConnectSchema.surroundings + HerokuConnectSchema.script(organizationID: organization) + HerokuConnectSchema.ofUsers)
        let request = TransferRequest(
            method: .get,
            url: org.url + "/sandbox/export.csv?object=Account&fields=\(HerokuConnectSchema.accountFields.joined(separator: ","))",
            headers: [:])
        let csv = try await HTTPClient().perform(request, maxBody: 50_000_000).bytes
        let columns = HerokuConnectSchema.accountColumns.joined(separator: ", ")
        try await target.withSession { session in
            try session.run("SET xmlbinary TO 'hex'")
            _ = try session.copyIn(PostgresQuery(sql: "COPY salesforce.account (\(columns)) FROM STDIN (FORMAT csv, HEADER)")) { writer in
                try csv.withUnsafeBytes { try writer.write($0) }
            }
            try session.run("UPDATE salesforce.account SET note = 'ours' WHERE id = 1")
            try session.run("RESET xmlbinary")
        }
        try await script(
            """
            UPDATE salesforce.account SET phone = '555' WHERE id = 1;
            INSERT INTO salesforce.account (name, external_id__c) VALUES ('made by a user', 'USER-1');
            UPDATE salesforce.account SET phone = '556' WHERE id = 2;
            UPDATE salesforce._trigger_log SET state = 'PENDING' WHERE record_id = 2;
            """)
    }
}
