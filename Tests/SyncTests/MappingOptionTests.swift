import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

@Suite("What a mapping may ask for that Heroku Connect does not know")
struct MappingOptionTests {
    private static let fields = ["Id", "IsDeleted", "SystemModstamp", "Name", "AnnualRevenue", "NumberOfEmployees", "Last_Visit__c"]

    private static func start(_ world: SyncWorld, _ options: String) async throws {
        let fields = fields.map { "\"\($0)\":{}" }.joined(separator: ",")
        _ = try await world.catalog.startImport(
            world.connectionID,
            export:
                "{\"version\":1,\"mappings\":[{\"object_name\":\"Account\",\"config\":{\"access\":\"read_write\",\"fields\":{\(fields)}\(options)}}]}",
            requestedBy: "test")
        try await eventually {
            let mapping = try await world.catalog.mapping(world.connectionID, object: "Account")
            let isQuiet = try await world.count("sluice.jobs") == 0
            return isQuiet && (mapping?.state == .dataSynced || mapping?.state.isError == true)
        }
    }

    private static func type(_ world: SyncWorld, _ column: String) async throws -> String {
        try await world.target.query(
            "SELECT format_type(atttypid, atttypmod) AS t FROM pg_attribute WHERE attrelid = 'salesforce.account'::regclass AND attname = \(column)"
        )[0].decode("t")
    }

    private static let types = #","column_types":{"AnnualRevenue":"numeric","Last_Visit__c":"timestamptz"}"#

    @Test("numbers and times come and go as numeric and timestamptz, whatever zone a session is set to")
    func columnTypes() async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await Self.start(world, Self.types)
            #expect(try await Self.type(world, "annualrevenue") == "numeric")
            #expect(try await Self.type(world, "last_visit__c") == "timestamp with time zone")
            try await world.script(
                """
                SET TimeZone TO 'Asia/Kolkata';
                UPDATE salesforce.account SET annualrevenue = 1234567890123, last_visit__c = '2024-03-01 12:00:00+05:30' WHERE id = 3
                """)
            #expect(try await world.write().text.contains("1"))
            #expect(try await world.poll("Account").state == "completed")
            let row = try await world.target.query(
                "SELECT trim_scale(annualrevenue)::text AS n, (last_visit__c AT TIME ZONE 'UTC')::text AS t, _hc_lastop AS op FROM salesforce.account WHERE id = 3"
            )[0]
            #expect(try row.decode("n", as: String.self) == "1234567890123")
            #expect(try row.decode("t", as: String.self) == "2024-03-01 06:30:00")
            #expect(try row.decode("op", as: String.self) == "SYNCED")
        }
    }

    @Test("a table that is there changes its columns, which hold what the usual types hold, and so stay when nobody asks for them any more")
    func changedTypes() async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await Self.start(world, "")
            let sum: PostgresQuery = "SELECT sum(annualrevenue)::double precision AS s FROM salesforce.account"
            let before: Double = try await world.target.query(sum)[0].decode("s")
            try await Self.start(world, Self.types)
            #expect(try await Self.type(world, "annualrevenue") == "numeric")
            #expect(try await Self.type(world, "last_visit__c") == "timestamp with time zone")
            try await Self.start(world, "")
            #expect(try await Self.type(world, "annualrevenue") == "numeric")
            #expect(try await Self.type(world, "last_visit__c") == "timestamp with time zone")
            try await world.change(5)
            #expect(try await world.poll("Account").text.contains("5 updated"))
            #expect(try await world.target.query(sum)[0].decode("s", as: Double.self) == before)
            #expect(try await world.isEqual("Account", ["Id", "Name", "NumberOfEmployees"]))
            #expect(try await world.mapping("Account").state == .dataSynced)
        }
    }

    @Test("a wish that the field's type cannot meet ends in BAD_CONFIG with its name")
    func impossible() async throws {
        try await SyncWorld.with(rows: ["Account": 3]) { world in
            try await Self.start(world, #","column_types":{"Name":"numeric"}"#)
            let mapping = try await world.mapping("Account")
            #expect(mapping.state == .badConfig)
            #expect(mapping.stateDescription?.contains("column_types.Name") == true)
        }
    }

    @Test(
        "an option that is none is refused with its place",
        arguments: [
            (#""verify_hours":-1"#, "verify_hours"), (#""refresh_hours":"often""#, "refresh_hours"),
            (#""column_types":{"Nobody":"numeric"}"#, "column_types.Nobody"), (#""column_types":{"Name":"money"}"#, "column_types.Name"),
            (#""column_types":[]"#, "column_types"), (#""row_filter":"Name = 'x"# + "\"", "row_filter"),
        ])
    func refused(_ option: String, _ place: String) throws {
        do {
            _ = try MappingConfig(json: #"{"fields":{"Id":{},"Name":{}},\#(option)}"#)
            Issue.record("\(option) was taken")
        } catch {
            #expect(error.path.hasSuffix(place), "\(error)")
        }
    }

    @Test("a formula whose value changes with another record, without a stamp, is read anew when refresh_hours have passed, beside polling")
    func refreshed() async throws {
        try await SyncWorld.with(rows: ["Account": 20, "Contact": 30]) { world in
            try await world.sandbox(
                .post, "/sandbox/schema",
                #"{"change":"add_field","object":"Contact","field":{"name":"Account_Phone__c","type":"string","length":80,"formula":{"expression":"Account.Phone & ' of ' & Account.Name"}}}"#
            )
            let compared = ["Id", "LastName", "AccountId", "Account_Phone__c"]
            let fields = (compared + ["IsDeleted", "SystemModstamp"]).map { "\"\($0)\":{}" }.joined(separator: ",")
            _ = try await world.catalog.startImport(
                world.connectionID,
                export:
                    "{\"version\":1,\"mappings\":[{\"object_name\":\"Contact\",\"config\":{\"fields\":{\(fields)},\"refresh_hours\":6}}]}",
                requestedBy: "test")
            try await eventually {
                let mapping = try await world.catalog.mapping(world.connectionID, object: "Contact")
                return try await world.count("sluice.jobs") == 0 && mapping?.state == .dataSynced
            }
            #expect(try await world.isEqual("Contact", compared))
            #expect(try await world.pool.withSession { try CatalogStore.enqueueDueRefreshes(in: $0) } == 0)
            try await world.change(20)
            #expect(try await world.poll("Contact").state == "completed")
            // No contact changed, says its stamp.
            #expect(try await world.isEqual("Contact", ["Id", "LastName", "AccountId"]))
            #expect(try await !world.isEqual("Contact", compared))
            let versions: PostgresQuery = "SELECT sum(xmin::text::bigint) AS x FROM salesforce.contact WHERE accountid IS NULL"
            let untouched = try await world.target.query(versions)[0].decodeIfPresent("x", as: Int.self)
            try await world.pool.run("UPDATE sluice.mappings SET refreshed_at = refreshed_at - interval '7 hours'")
            #expect(try await world.pool.withSession { try CatalogStore.enqueueDueRefreshes(in: $0) } == 1)
            try await eventually { try await world.count("sluice.jobs") == 0 }
            #expect(try await world.isEqual("Contact", compared))
            #expect(try await world.target.query(versions)[0].decodeIfPresent("x", as: Int.self) == untouched)
            #expect(try await world.count("sluice.finished_jobs WHERE kind = 'load' AND state = 'completed'") == 2)
            #expect(try await world.count("sluice.events WHERE message LIKE '%SCHEMA_CHANGED%'") == 0)
            // Not again before it is time.
            #expect(try await world.pool.withSession { try CatalogStore.enqueueDueRefreshes(in: $0) } == 0)
        }
    }

    @Test("what a load that broke off left behind goes with the next archiving, and what a live one needs stays")
    func stages() async throws {
        try await SyncWorld.with(rows: ["Account": 300], bulkPageRows: 100) { world in
            try await Self.start(world, "")
            try await world.sandbox(.post, "/sandbox/faults", #"{"bulk_delay_ms":30000}"#)
            let job = try await world.queue.enqueue([try .load(try await world.mapping("Account"), reason: .reload)])[0]!
            try await eventually { try await world.count("sluice.jobs WHERE progress->>'phase' = 'wait'") == 1 }
            let archive = try NewJob(kind: JobKind.archive.rawValue, connectionID: world.connectionID, args: PollArgs())
            let stages = "pg_class WHERE relnamespace = 'sluice_staging'::regnamespace AND relname LIKE 'l\\_%'"
            #expect(try await world.run(archive).text.contains("stages") == false)
            #expect(try await world.count(stages) == 1)
            try await world.pool.run("DELETE FROM sluice.jobs WHERE id = \(job)")
            #expect(try await world.run(archive).text.contains("1 stages") == true)
            #expect(try await world.count(stages) == 0)
        }
    }
}
