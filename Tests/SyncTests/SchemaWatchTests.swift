import Catalog
import Eventually
import Foundation
import HTTPTransport
import JobQueue
import Postgres
import Testing

@Suite("An org whose schema changes")
struct SchemaWatchTests {
    private static let accounts = ("Account", SyncWorld.accountFields, "read_only", String?.none)

    private static func poll(_ world: SyncWorld, due: Bool = true) async throws -> (state: String, text: String) {
        if due { try await world.pool.run("UPDATE sluice.mappings SET described_at = described_at - interval '11 minutes'") }
        return try await world.poll("Account")
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
            try await eventually(timeout: .seconds(60)) { try await world.count("sluice.jobs WHERE kind IN ('load', 'load_page')") == 0 }
            #expect(try await world.mapping("Account").watermark! >= watermark)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }
}
