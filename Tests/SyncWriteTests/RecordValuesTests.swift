import LoggedChanges
import Salesforce
import Testing

@testable import MappedSchema
@testable import SyncWrite

/// Captured texts are hstore's, made by a session in the default settings.
@Suite("Captured texts as values of a record")
struct RecordValuesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let type: ColumnType
        let text: String?
        /// nil when Salesforce cannot hold it.
        let value: FieldValue?
        var testDescription: String { "\(type.sql) \(text ?? "NULL")" }

        init(_ type: ColumnType, _ text: String?, _ value: FieldValue?) {
            self.type = type
            self.text = text
            self.value = value
        }
    }

    static let cases: [Case] = [
        Case(.varchar(80), "plain", .string("plain")),
        Case(.varchar(80), "", .string("")),
        Case(.varchar(80), " kept as it is ", .string(" kept as it is ")),
        Case(.varchar(80), #"a "quote", a \ and a => arrow"#, .string(#"a "quote", a \ and a => arrow"#)),
        Case(.varchar(80), "NULL", .string("NULL")),
        Case(.varchar(80), nil, .null),
        Case(.text, "first\nsecond", .string("first\nsecond")),
        Case(.text, "日本語 🦦", .string("日本語 🦦")),
        Case(.boolean, "t", .bool(true)),
        Case(.boolean, "true", .bool(true)),
        Case(.boolean, "f", .bool(false)),
        Case(.boolean, "false", .bool(false)),
        Case(.boolean, nil, .null),
        Case(.integer, "0", .number("0")),
        Case(.integer, "-2147483648", .number("-2147483648")),
        Case(.integer, "2147483647", .number("2147483647")),
        Case(.integer, nil, .null),
        Case(.double, "1.5", .number("1.5")),
        Case(.double, "0.1", .number("0.1")),
        Case(.double, "-0", .number("-0")),
        Case(.double, "1e+300", .number("1e+300")),
        Case(.double, "123456789012345.67", .number("123456789012345.67")),
        Case(.double, "4.9e-324", .number("4.9e-324")),
        Case(.double, "NaN", nil),
        Case(.double, "Infinity", nil),
        Case(.double, "-Infinity", nil),
        Case(.double, "", nil),
        Case(.double, "1,5", nil),
        Case(.date, "2026-01-31", .string("2026-01-31")),
        Case(.date, nil, .null),
        Case(.timestamp, "2026-01-31 12:00:00", .string("2026-01-31T12:00:00Z")),
        Case(.timestamp, "2026-01-31 12:00:00.5", .string("2026-01-31T12:00:00.500Z")),
        Case(.timestamp, "2026-01-31 12:00:00.123456", .string("2026-01-31T12:00:00.123Z")),
        Case(.timestamp, "1700-01-01 00:00:00", .string("1700-01-01T00:00:00Z")),
        Case(.timestamp, "infinity", nil),
        Case(.timestamp, "-infinity", nil),
        Case(.timestamp, "0044-03-15 12:00:00 BC", nil),
        Case(.timestamp, "2026-01-31", nil),
        Case(.timestamp, nil, .null),
        Case(.timestamp, "12026-01-01 00:00:00", nil),
        Case(.timestamp, "2026-01-01 24:00:00", nil),
        Case(.timestamp, "1699-12-31 23:59:59", nil),
        Case(.date, "infinity", nil),
        Case(.date, "10000-01-01", nil),
        Case(.date, "0044-03-15 BC", nil),
        Case(.date, "31/01/2026", nil),
        Case(.boolean, "perhaps", nil),
        Case(.integer, "many", nil),
        Case(.varchar(5), "longer", nil),
        Case(.varchar(5), "häßli", .string("häßli")),
        Case(.time, "10:22:00", .string("10:22:00Z")),
        Case(.time, "23:59:59.5", .string("23:59:59.500Z")),
        Case(.time, "24:00:00", nil),
        Case(.time, nil, .null),
    ]

    private func table(_ columns: [MappedColumn]) -> TableSchema {
        TableSchema(
            objectName: "Part__c", schema: "salesforce", table: "part__c", columns: columns, isWritable: true, upsertColumn: nil,
            indexes: [])
    }

    private func change(_ action: Change.Action, _ values: [String: String?]) -> Change {
        Change(id: 1, table: "part__c", action: action, recordID: 1, values: values)
    }

    @Test("a text becomes the value of its column's type, or is refused with the column and the text", arguments: cases)
    func value(_ entry: Case) throws {
        let table = table([
            MappedColumn(field: "Value__c", name: "value__c", type: entry.type, isCreateable: true, isUpdateable: true)
        ])
        do throws(RecordValues.Invalid) {
            let fields = try RecordValues.update(change(.update, ["value__c": entry.text]), table: table)
            #expect(fields == entry.value.map { [RecordWrite.Field("Value__c", $0)] })
        } catch {
            #expect(entry.value == nil, "\(error.message)")
            #expect(error.message.contains("value__c") && error.message.contains(entry.text ?? "NULL"), "\(error.message)")
        }
    }

    static let columns = [
        MappedColumn(field: "Id", name: "sfid", type: .varchar(18), isCreateable: false, isUpdateable: false),
        MappedColumn(field: "Free__c", name: "free__c", type: .text, isCreateable: true, isUpdateable: true),
        MappedColumn(field: "Once__c", name: "once__c", type: .text, isCreateable: true, isUpdateable: false),
        MappedColumn(field: "Later__c", name: "later__c", type: .text, isCreateable: false, isUpdateable: true),
        MappedColumn(field: "Formula__c", name: "formula__c", type: .text, isCreateable: false, isUpdateable: false),
    ]

    struct Sent: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let values: [String: String?]
        let insert: [String]
        let update: [String]
        let restored: [String]
    }

    static let sent: [Sent] = [
        Sent(
            testDescription: "everything set",
            values: ["sfid": "001000000000001AAA", "free__c": "1", "once__c": "2", "later__c": "3", "formula__c": "4"],
            insert: ["Free__c", "Once__c"], update: ["Free__c", "Later__c"], restored: ["Free__c", "Later__c"]),
        Sent(
            testDescription: "everything NULL", values: ["sfid": nil, "free__c": nil, "once__c": nil, "later__c": nil, "formula__c": nil],
            insert: [], update: ["Free__c", "Later__c"], restored: []),
        Sent(testDescription: "nothing", values: [:], insert: [], update: [], restored: []),
        Sent(testDescription: "a column that is not mapped", values: ["own": "1"], insert: [], update: [], restored: []),
        Sent(testDescription: "only what is read-only", values: ["formula__c": "1"], insert: [], update: [], restored: []),
        Sent(
            testDescription: "what an update may not set", values: ["once__c": "1"], insert: ["Once__c"], update: [], restored: []),
    ]

    @Test(
        "an insert sends what is set and may be made, an update what changed and may be changed, a restored row what is set and may be changed",
        arguments: sent)
    func fields(_ entry: Sent) throws {
        let table = table(Self.columns)
        let change = change(.update, entry.values)
        #expect(try RecordValues.insert(change, table: table).map(\.name) == entry.insert)
        #expect(try RecordValues.update(change, table: table).map(\.name) == entry.update)
        #expect(try RecordValues.restored(change, table: table).map(\.name) == entry.restored)
    }

    @Test(
        "changed columns that Salesforce does not take are named",
        arguments: [
            (["free__c": "1"], []), (["once__c": "1", "formula__c": nil, "free__c": "2"], ["formula__c", "once__c"]), (["own": "1"], []),
        ] as [([String: String?], [String])])
    func readOnly(values: [String: String?], names: [String]) {
        #expect(RecordValues.readOnlyColumns(change(.update, values), table: table(Self.columns)) == names)
    }

    @Test(
        "a parent's external id is sent as a reference to that parent; none at all as the lookup's NULL, unless the lookup says something itself"
    )
    func parent() throws {
        let table = table([
            MappedColumn(
                field: "Account__r.External_Id__c", name: "account__r__external_id__c", type: .varchar(40), isCreateable: true,
                isUpdateable: true, referencesObjects: ["Account"])
        ])
        let fields = try RecordValues.update(change(.update, ["account__r__external_id__c": "A-1"]), table: table)
        #expect(
            fields.map(\.value) == [
                .parentReference(relationship: "Account__r", externalField: "External_Id__c", value: .string("A-1"))
            ])
        #expect(try RecordValues.update(change(.update, ["account__r__external_id__c": nil]), table: table) == [.init("Account__c", .null)])
        #expect(try RecordValues.insert(change(.insert, ["account__r__external_id__c": nil]), table: table).isEmpty)
    }

    @Test(
        "of a lookup that is set by its id and by the parent's external id, the external id alone is sent: Salesforce takes no two",
        arguments: [
            (["account__c": "001000000000001AAA", "account__r__external_id__c": "A-1"], ["Account__r"]),
            (["account__c": nil, "account__r__external_id__c": "A-1"], ["Account__r"]),
            (["account__c": "001000000000001AAA", "account__r__external_id__c": nil], ["Account__c"]),
            (["account__c": "001000000000001AAA", "account__r__external_id__c": ""], ["Account__c"]),
            (["account__c": "001000000000001AAA"], ["Account__c"]),
        ] as [([String: String?], [String])])
    func parentTwice(_ values: [String: String?], _ sent: [String]) throws {
        let table = table([
            MappedColumn(
                field: "Account__c", name: "account__c", type: .varchar(18), isCreateable: true, isUpdateable: true,
                referencesObjects: ["Account"]),
            MappedColumn(
                field: "Account__r.External_Id__c", name: "account__r__external_id__c", type: .varchar(40), isCreateable: true,
                isUpdateable: true, referencesObjects: ["Account"]),
        ])
        #expect(try RecordValues.update(change(.update, values), table: table).map(\.name) == sent)
    }
}
