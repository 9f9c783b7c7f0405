import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Salesforce
import Secrets
import TestDatabase
import Testing

@testable import Sync

@Suite("A table's shape from its mapping and describe")
struct TablePlanTests {
    /// Fields, one a line: name, type, length, flags (c createable, u updateable, x external id, q unique), and the parent of a reference.
    static let objects: [String: [String]] = [
        "Part__c": [
            "Id id 18 -", "SystemModstamp datetime 0 -", "LastModifiedDate datetime 0 -", "IsDeleted boolean 0 -", "Name string 80 cu",
            "Key__c string 40 cuxq", "Serial__c string 30 cx", "Price__c currency 0 cu", "Place__c location 0 cu", "Sum__c double 0 -",
            "Maker__c reference 18 cu Maker__r Maker__c", "Parent__c reference 18 cu Parent__r Part__c",
            "Real__Key__c string 7 cu", "Real__c reference 18 cu Real Maker__c", "Fixed__c reference 18 c Fixed__r Maker__c",
            "OwnerId reference 18 cu Owner Group User",
        ],
        "Group": ["Id id 18 -", "Name string 40 cu"],
        "User": ["Id id 18 -", "Username string 80 cu"],
        "Maker__c": ["Id id 18 -", "Key__c string 60 cuxq", "Name string 80 cu", "Country__c reference 18 cu Country__r Country__c"],
        "Country__c": ["Id id 18 -", "Code__c string 2 cuxq"],
        "Old__c": ["Id id 18 -", "LastModifiedDate datetime 0 -"],
    ]

    private static func describe(_ name: String) throws -> ObjectDescribe {
        guard let fields = objects[name] else {
            throw SalesforceError(code: .init(rawValue: "NOT_FOUND"), message: "The requested resource does not exist", retry: .never)
        }
        let described = fields.map { line -> String in
            let words = line.split(separator: " ").map(String.init)
            let isReference = words.count > 4
            return """
                {"name":"\(words[0])","label":"","type":"\(words[1])","length":\(words[2]),"precision":0,"scale":0,"digits":0,"nillable":true,
                 "unique":\(words[3].contains("q")),"externalId":\(words[3].contains("x")),"idLookup":\(words[3].contains("x")),
                 "createable":\(words[3].contains("c")),"updateable":\(words[3].contains("u")),"calculated":false,"autoNumber":false,
                 "defaultedOnCreate":false,"custom":true,"deprecatedAndHidden":false,
                 "referenceTo":[\(words.dropFirst(5).map { "\"\($0)\"" }.joined(separator: ","))]\(isReference ? ",\"relationshipName\":\"\(words[4])\"" : "")}
                """
        }
        let json = """
            {"name":"\(name)","label":"","custom":true,"createable":true,"updateable":true,"deletable":true,"queryable":\(name != "Hidden__c"),
             "replicateable":true,"deprecatedAndHidden":false,"fields":[\(described.joined(separator: ","))]}
            """
        return try JSONDecoder().decode(ObjectDescribe.self, from: Data(json.utf8))
    }

    /// Plans a mapping that is in a catalog, as all mappings are.
    private func plan(_ object: String, _ config: String) async throws -> TableSchema {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let catalog = CatalogStore(pool: database.pool(size: 1))
            let key = try SealingKey(base64: Data(repeating: 7, count: 32).base64EncodedString())
            let connection = try await catalog.createConnection(NewConnection(appName: "test", target: .url(database.url)), sealingKey: key)
            try await catalog.pool.run(
                """
                INSERT INTO sluice.mappings (connection_id, position, object_name, config) VALUES (\(connection.id), 0, \(object), \(config)::json)
                """)
            let mapping = try await catalog.mapping(connection.id, object: object)!
            return try await TablePlan.make(for: mapping, schema: "salesforce") { try Self.describe($0) }
        }
    }

    private static func config(_ fields: String, access: String = "read_write", more: String = "") -> String {
        let members = fields.split(separator: " ").map { "\"\($0)\": {}" }.joined(separator: ", ")
        return "{\"access\": \"\(access)\", \"fields\": {\(members)}\(more)}"
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let fields: String
        /// Name, type and flags (c createable, u updateable, q unique).
        let columns: [String]
        var testDescription: String { fields }

        init(_ fields: String, _ columns: String...) {
            self.fields = fields
            self.columns = columns
        }
    }

    static let cases: [Case] = [
        Case("Id", "sfid character varying(18) "),
        Case("Id Name", "sfid character varying(18) ", "name character varying(80) cu"),
        Case("id name KEY__C", "sfid character varying(18) ", "name character varying(80) cu", "key__c character varying(40) cuq"),
        Case("Name Id", "name character varying(80) cu", "sfid character varying(18) "),
        Case("Id Serial__c", "sfid character varying(18) ", "serial__c character varying(30) c"),
        Case("Id Price__c Sum__c", "sfid character varying(18) ", "price__c double precision cu", "sum__c double precision "),
        Case("Id IsDeleted", "sfid character varying(18) ", "isdeleted boolean "),
        Case("Id Maker__c", "sfid character varying(18) ", "maker__c character varying(18) cu"),
        Case("Id Maker__r.Key__c", "sfid character varying(18) ", "maker__r__key__c character varying(60) cu"),
        Case("Id Maker__r.Name", "sfid character varying(18) ", "maker__r__name character varying(80) "),
        Case("Id maker__r.key__c", "sfid character varying(18) ", "maker__r__key__c character varying(60) cu"),
        Case(
            "Id Maker__r.Country__r.Code__c", "sfid character varying(18) ", "maker__r__country__r__code__c character varying(2) "),
        Case("Id Maker__r__Key__c", "sfid character varying(18) ", "maker__r__key__c character varying(60) cu"),
        Case("Id maker__r__KEY__c", "sfid character varying(18) ", "maker__r__key__c character varying(60) cu"),
        Case("Id Parent__r__Key__c", "sfid character varying(18) ", "parent__r__key__c character varying(40) cu"),
        Case("Id Parent__r__Maker__r__Key__c", "sfid character varying(18) ", "parent__r__maker__r__key__c character varying(60) "),
        Case("Id Real__Key__c", "sfid character varying(18) ", "real__key__c character varying(7) cu"),
        Case("Id Fixed__r__Key__c", "sfid character varying(18) ", "fixed__r__key__c character varying(60) c"),
        Case("Id Owner.Username", "sfid character varying(18) ", "owner__username character varying(80) "),
        Case("Id Owner__Username", "sfid character varying(18) ", "owner__username character varying(80) "),
    ]

    @Test("each field becomes a column with its type and what may be done with it", arguments: cases)
    func columns(_ entry: Case) async throws {
        let table = try await plan("Part__c", Self.config(entry.fields))
        let columns = table.columns.map { column in
            "\(column.name) \(column.type.sql) \(column.isCreateable ? "c" : "")\(column.isUpdateable ? "u" : "")\(column.isUnique ? "q" : "")"
        }
        #expect(columns == entry.columns)
        #expect(table.table == "part__c" && table.objectName == "Part__c" && table.isWritable)
    }

    @Test("a parent of the same object is named by the parent's field, not by the object's own")
    func ownParent() async throws {
        let table = try await plan("Part__c", Self.config("Id Key__c Parent__r.Key__c"))
        #expect(table.columns.map(\.name) == ["sfid", "key__c", "parent__r__key__c"])
        #expect(table.columns.map(\.field) == ["Id", "Key__c", "Parent__r.Key__c"])
        #expect(table.columns.last?.referencesObjects == ["Part__c"])
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let object: String
        let config: String
        let says: [String]
        var testDescription: String { "\(object) \(config)" }

        init(_ object: String, _ config: String, _ says: String...) {
            self.object = object
            self.config = config
            self.says = says
        }
    }

    static let refusals: [Refusal] = [
        Refusal("Nonsense__c", config("Id"), "the object Nonsense__c does not exist in the org"),
        Refusal("Part__c", config("Name"), "Part__c", "lacks the field Id"),
        Refusal("Part__c", config("Id Nothing__c"), "Part__c has no field Nothing__c"),
        Refusal("Part__c", config("Id Place__c"), "Part__c.Place__c", "location", "map its components"),
        Refusal("Part__c", config("Id Nobody__r.Key__c"), "Part__c has no relationship Nobody__r"),
        Refusal("Part__c", config("Id Name.Key__c"), "Part__c has no relationship Name"),
        Refusal("Part__c", config("Id Maker__r.Nothing__c"), "Maker__c has no field Nothing__c"),
        Refusal("Part__c", config("Id Maker__r__Nothing__c"), "Maker__c has no field Nothing__c"),
        Refusal("Part__c", config("Id Owner__Nothing__c"), "has no field Nothing__c"),
        Refusal("Part__c", config("Id Maker__r.Nobody__r.Key__c"), "Maker__c has no relationship Nobody__r"),
        Refusal(
            "Part__c", config("Id Name", more: #", "upsert_field": "Name""#), "upsert_field Name of Part__c",
            "Upsert fields must be defined as unique External ID fields in Salesforce."),
        Refusal(
            "Part__c", config("Id Serial__c", more: #", "upsert_field": "Serial__c""#), "upsert_field Serial__c of Part__c",
            "Upsert fields must be defined as unique External ID fields in Salesforce."),
    ]

    @Test("what the org does not have is refused, and named", arguments: refusals)
    func refused(_ refusal: Refusal) async throws {
        let error = await #expect(throws: SyncError.self) { _ = try await plan(refusal.object, refusal.config) }
        #expect(error?.code == .badConfiguration)
        for part in refusal.says { #expect(error?.message.contains(part) ?? false, "\(error?.message ?? "")") }
    }

    struct Indexed: Sendable, CustomTestStringConvertible {
        let object: String
        let config: String
        /// Columns; unique ones with a `!`.
        let indexes: [String]
        let upsertColumn: String?
        var testDescription: String { "\(object) \(config)" }
    }

    static let indexed: [Indexed] = [
        Indexed(object: "Part__c", config: config("Id"), indexes: [], upsertColumn: nil),
        Indexed(object: "Part__c", config: config("Id SystemModstamp LastModifiedDate"), indexes: ["systemmodstamp"], upsertColumn: nil),
        Indexed(object: "Old__c", config: config("Id LastModifiedDate"), indexes: ["lastmodifieddate"], upsertColumn: nil),
        Indexed(
            object: "Part__c", config: config("Id Key__c", more: #", "upsert_field": "Key__c""#), indexes: ["key__c!"],
            upsertColumn: "key__c"),
        Indexed(
            object: "Part__c",
            config: config("Id Key__c Name", more: #", "indexes": {"Name": {"unique": false}, "Key__c": {"unique": true}}"#),
            indexes: ["name", "key__c!"], upsertColumn: nil),
        Indexed(
            object: "Part__c",
            config: config("Id Key__c SystemModstamp", more: #", "upsert_field": "Key__c", "indexes": {"Key__c": {"unique": false}}"#),
            indexes: ["key__c!", "systemmodstamp"], upsertColumn: "key__c"),
    ]

    @Test("the unique identifier, the stamp and what the mapping asks for are indexed", arguments: indexed)
    func indexes(_ entry: Indexed) async throws {
        let table = try await plan(entry.object, entry.config)
        #expect(table.indexes.map { $0.column + ($0.isUnique ? "!" : "") } == entry.indexes)
        #expect(table.upsertColumn == entry.upsertColumn)
    }

    @Test("a read-only mapping's table is not written from")
    func readOnly() async throws {
        #expect(try await plan("Part__c", Self.config("Id Name", access: "read_only")).isWritable == false)
    }
}
