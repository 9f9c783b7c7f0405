import LoggedChanges
import MappedSchema
import Salesforce
import Testing

@testable import SyncWrite

@Suite("Records that have each other's unique values")
struct ValueExchangeTests {
    private static let table = TableSchema(
        objectName: "Part__c", schema: "salesforce", table: "part__c",
        columns: [
            MappedColumn(field: "Id", name: "sfid", type: .varchar(18), isCreateable: false, isUpdateable: false),
            MappedColumn(field: "Key__c", name: "key__c", type: .varchar(40), isCreateable: true, isUpdateable: true),
            MappedColumn(field: "Code__c", name: "code__c", type: .varchar(40), isCreateable: true, isUpdateable: true),
        ], isWritable: true, upsertColumn: "key__c", indexes: [TableIndex(column: "code__c", isUnique: true)])

    private static let records = ["a0000000000000A", "a0000000000000B", "a0000000000000C"]

    /// A restored row of one of the records, refused.
    private static func refusal(
        _ place: Int, _ message: String, sfid: String? = nil, values: [String: String?] = ["key__c": "X", "name": "n"]
    ) -> ChangeResult {
        .failure(
            Change(id: Int64(place + 1), table: "part__c", action: .insert, recordID: Int64(place + 1), values: values),
            sfid: sfid ?? records[place], code: "DUPLICATE_VALUE", message: message)
    }

    /// Notes refusals, each of a record for the value of another.
    private static func released(_ refusals: [(own: Int, holder: Int)], in exchange: inout ValueExchange) -> [WriteRequest?] {
        refusals.map { exchange.release(refusal($0.own, "duplicate value found: Key__c"), heldBy: records[$0.holder] + "AAA", in: table) }
    }

    @Test("nothing is taken from records that have to wait for others only")
    func chain() {
        var exchange = ValueExchange()
        #expect(Self.released([(0, 1), (1, 2)], in: &exchange) == [nil, nil])
    }

    @Test("who closes a circle gives its value up, of two or of more, and once")
    func circle() {
        var exchange = ValueExchange()
        let two = Self.released([(0, 1), (1, 0)], in: &exchange)
        #expect(two[0] == nil)
        #expect(two[1]?.recordID?.text.hasPrefix(Self.records[1]) == true)
        #expect(two[1]?.fields == [RecordWrite.Field("Key__c", .null)])
        #expect(Self.released([(0, 1)], in: &exchange) == [nil])
        exchange = ValueExchange()
        #expect(Self.released([(0, 1), (1, 2), (2, 0)], in: &exchange).map { $0?.change.id } == [nil, nil, 3])
    }

    @Test("a circle that others wait for is theirs who are in it")
    func tail() {
        var exchange = ValueExchange()
        #expect(Self.released([(0, 1), (1, 2), (2, 1)], in: &exchange).map { $0?.change.id } == [nil, nil, 3])
    }

    @Test(
        "of the unique fields that a row brings those are cleared that the refusal names, or all",
        arguments: [
            ("duplicate value found: Code__c duplicates value", ["Code__c"]),
            ("duplicate value found: Key__c, Code__c", ["Key__c", "Code__c"]),
            ("duplicate value found: unknown", ["Key__c", "Code__c"]),
        ])
    func fields(_ message: String, _ fields: [String]) {
        var exchange = ValueExchange()
        let values: [String: String?] = ["key__c": "X", "code__c": nil, "name": "n"]
        _ = exchange.release(Self.refusal(0, message, values: values), heldBy: Self.records[1], in: Self.table)
        let release = exchange.release(Self.refusal(1, message, values: values), heldBy: Self.records[0], in: Self.table)
        #expect(release?.fields == fields.map { RecordWrite.Field($0, .null) })
    }

    @Test("a row without a record of its own gives nothing up")
    func noRecord() {
        var exchange = ValueExchange()
        let refused = ChangeResult.failure(Self.refusal(0, "m").change, code: "DUPLICATE_VALUE", message: "m")
        #expect(exchange.release(refused, heldBy: Self.records[1], in: Self.table) == nil)
    }

    @Test("a change whose record was cleared is tried again; where the org keeps the value, what it was refused for stands")
    func conclusion() {
        for isCleared in [true, false] {
            var exchange = ValueExchange()
            let release = Self.released([(0, 1), (1, 0)], in: &exchange)[1]!
            let other = ChangeResult.success(Self.refusal(2, "m").change, sfid: Self.records[2])
            var outcome = WriteCall.Outcome()
            outcome.results = [
                isCleared
                    ? .success(release.change, sfid: Self.records[1])
                    : .failure(release.change, code: "REQUIRED_FIELD_MISSING", message: "m"),
                other,
            ]
            let final = exchange.conclude(&outcome)
            #expect(outcome.results == [other])
            #expect(outcome.postponed.map(\.id) == (isCleared ? [2] : []))
            #expect(final.map(\.message) == (isCleared ? [] : ["DUPLICATE_VALUE: duplicate value found: Key__c"]))
            // What it is told of afterwards is its own.
            outcome.results = [.success(release.change, sfid: Self.records[1])]
            #expect(exchange.conclude(&outcome).isEmpty)
            #expect(outcome.results.count == 1)
        }
    }
}
