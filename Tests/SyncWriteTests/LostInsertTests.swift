import Foundation
import Salesforce
import Testing

@testable import MappedSchema
@testable import SyncWrite

@Suite("Which record a lost insert made")
struct LostInsertTests {
    private static let table = TableSchema(
        objectName: "Thing__c", schema: "salesforce", table: "thing__c",
        columns: [
            ("Name", ColumnType.varchar(80)), ("Note__c", .text), ("Amount__c", .double), ("At__c", .timestamp), ("Flag__c", .boolean),
        ].map { MappedColumn(field: $0.0, name: $0.0.lowercased(), type: $0.1, isCreateable: true, isUpdateable: true) },
        isWritable: true, upsertColumn: nil, indexes: [])

    fileprivate static let full = RecordWrite(fields: [
        .init("Name", .string(" a ")), .init("Note__c", .string("long\r\ntext")), .init("Amount__c", .number("1.005")),
        .init("At__c", .string("2026-01-31T12:00:00.123Z")), .init("Flag__c", .bool(true)),
    ])
    private static let same: [String?] = ["a", "long\ntext", "1.01", "2026-01-31T12:00:00.000+0000", "true"]

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var write = LostInsertTests.full
        let candidates: [LostInsert.Candidate]
        let finding: LostInsert.Finding
    }

    private static func candidate(_ id: String, changed: Bool = false, isRead: Bool = false, _ values: [String?] = same)
        -> LostInsert.Candidate
    {
        .init(id: id, isChanged: changed, isRead: isRead, values: values)
    }

    private static let cases: [Case] = [
        Case(testDescription: "no record", candidates: [], finding: .notMade),
        Case(
            testDescription: "the one with all values, in Salesforce's forms",
            candidates: [candidate("1", ["b", nil, nil, nil, nil]), candidate("2")], finding: .found("2")),
        Case(
            testDescription: "records with other values that nobody changed", candidates: [candidate("1", ["a", "x", "2", nil, "true"])],
            finding: .notMade),
        Case(
            testDescription: "one that somebody changed since",
            candidates: [
                candidate("1", changed: true, ["a", "other", "1.01", same[3], "false"]), candidate("2", ["b", nil, nil, nil, nil]),
            ],
            finding: .found("1")),
        Case(
            testDescription: "one that somebody changed since, and that was read as another row",
            candidates: [candidate("1", changed: true, isRead: true, ["a", "other", "1.01", same[3], "false"])], finding: .unknown),
        Case(
            testDescription: "one with all values that was read as another row", candidates: [candidate("1", isRead: true)],
            finding: .found("1")),
        Case(
            testDescription: "two that somebody changed since, and that are equally like it",
            candidates: [
                candidate("1", changed: true, ["a", "x", "1.01", same[3], "true"]),
                candidate("2", changed: true, ["a", "y", "1.01", same[3], "true"]),
            ],
            finding: .unknown),
        Case(
            testDescription: "one that was changed in most of it",
            candidates: [candidate("1", changed: true, ["a", "x", "5", nil, "false"])], finding: .unknown),
        Case(
            testDescription: "an insert of a checkbox alone", write: RecordWrite(fields: [.init("Flag__c", .bool(true))]),
            candidates: [candidate("1", ["true"])], finding: .unknown),
    ]

    @Test("each case", arguments: cases)
    func chooses(_ one: Case) {
        #expect(LostInsert(one.write, table: Self.table).choose(one.candidates) == one.finding)
    }

    @Test("no record that was made before the insert was marked is its own, by the clock of the org")
    func earliest() {
        let (asked, at) = (ContinuousClock.now, Date(timeIntervalSince1970: 1_000_000))
        let mark = LostInsertLookup.Mark(at: at, age: .seconds(30), asked: asked)
        // The org's clock is an hour ahead.
        let shown = at.addingTimeInterval(3600 + 32)
        #expect(mark.earliest(whenOrgShows: shown, at: asked + .seconds(2)) == at.addingTimeInterval(3600 - 5))
        #expect(mark.earliest(whenOrgShows: nil, at: asked + .seconds(2)) == at.addingTimeInterval(-300))
    }

    @Test("a parent is compared by the external id that names it")
    func parent() {
        let write = RecordWrite(fields: [
            .init("Account__r", .parentReference(relationship: "Account__r", externalField: "Key__c", value: .string("K")))
        ])
        let lost = LostInsert(write, table: Self.table)
        #expect(lost.sent.map(\.path) == ["Account__r.Key__c"])
        #expect(lost.choose([.init(id: "1", isChanged: false, values: ["K"])]) == .found("1"))
    }
}
