import Catalog
import Eventually
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

@testable import MappedSchema

@Suite("Objects and fields whose names are as long as Salesforce lets them be")
struct LongNameTests {
    private static let stem = String(repeating: "a", count: 40)
    /// A namespace of 15 letters, a name of 40, and the suffix of custom names.
    private static let object = "namespace_of_15__\(stem)__c"
    private static let key = "namespace_of_15__\(stem)k__c"
    private static let parent = "namespace_of_15__\(stem)p__r"

    private func addObject(_ world: SyncWorld) async throws {
        let (object, key) = (Self.object, Self.key)
        let fields = """
            {"name":"Name","type":"string","length":80,"nillable":true,"nameField":true},
            {"name":"\(key)","type":"string","length":40,"externalId":true,"unique":true},
            {"name":"\(Self.stem)1__c","type":"string","length":40},{"name":"\(Self.stem)2__c","type":"string","length":40},
            {"name":"\(Self.parent.dropLast())c","type":"reference","referenceTo":["\(object)"],"relationshipName":"\(Self.parent)"}
            """
        try await world.sandbox(
            .post, "/sandbox/schema", #"{"change":"add_object","object":{"name":"\#(object)","rows":5,"fields":[\#(fields)]}}"#)
    }

    @Test("both triggers, both functions, the sequence, every index and every column are there, and the table is kept in step both ways")
    func bothWays() async throws {
        try await SyncWorld.with(rows: ["Account": 1]) { world in
            try await addObject(world)
            let fields = [
                "Id", "SystemModstamp", "IsDeleted", "Name", Self.key, "\(Self.stem)1__c", "\(Self.stem)2__c", "\(Self.parent).\(Self.key)",
            ]
            try await world.importMappings([(Self.object, fields, "read_write", Self.key)])
            let mapping = try await world.mapping(Self.object)
            try #require(mapping.state == .dataSynced, "\(mapping.stateDescription ?? "")")
            let table = Self.object.lowercased()
            let path = SalesforceName.column(ofField: "\(Self.parent).\(Self.key)")
            #expect(path.utf8.count == 63)
            let relation = "salesforce.\(PostgresText.quoteIdentifier(table))"
            let (key, first) = (Self.key.lowercased(), "\(Self.stem)1__c")
            #expect(try await world.count("pg_trigger WHERE tgrelid = '\(relation)'::regclass AND NOT tgisinternal") == 2)
            #expect(
                try await world.count("pg_proc WHERE pronamespace = 'salesforce'::regnamespace AND proname LIKE 'hc\\_namespace%'") == 2)
            // The primary key, sfid, the unique identifier and SystemModstamp.
            #expect(try await world.count("pg_index WHERE indrelid = '\(relation)'::regclass") == 4)
            for _ in 0..<2 {
                // A reload makes all of it anew, and a second one no more.
                try await world.target.run(
                    PostgresQuery(
                        sql: """
                            INSERT INTO \(relation) (name, "\(key)") SELECT 'parent', 'P-' || count(*) FROM \(relation)
                            """))
                try await world.target.run(
                    PostgresQuery(
                        sql: """
                            INSERT INTO \(relation) (name, "\(path)", "\(first)") SELECT 'child', max("\(key)"), 'v' FROM \(relation) WHERE name = 'parent'
                            """))
                #expect(try await world.write().text.hasPrefix("2 written, 0 failed"))
                _ = try await world.run(try .load(world.mapping(Self.object), reason: .reload))
                #expect(try await world.count("pg_index WHERE indrelid = '\(relation)'::regclass") == 4)
                #expect(try await world.count("pg_trigger WHERE tgrelid = '\(relation)'::regclass AND NOT tgisinternal") == 2)
            }
            #expect(
                try await world.count(
                    "\(relation) WHERE name = 'child' AND \"\(path)\" LIKE 'P-%' AND \"\(first)\" = 'v' AND sfid IS NOT NULL") == 2)
            let removed = try await world.target.transaction { try CaptureRemoval(schema: "salesforce").run(in: $0) }
            #expect(removed == [table])
            #expect(try await world.count("pg_trigger WHERE tgrelid = '\(relation)'::regclass AND NOT tgisinternal") == 0)
            #expect(
                try await world.count("pg_proc WHERE pronamespace = 'salesforce'::regnamespace AND proname LIKE 'hc\\_namespace%'") == 0)
        }
    }
}
