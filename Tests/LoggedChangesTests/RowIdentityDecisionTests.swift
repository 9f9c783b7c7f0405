import Testing

@testable import LoggedChanges

@Suite("Which row a change is about: the decision")
struct RowIdentityDecisionTests {
    private func insert(_ values: [String: String?], transaction: Int64? = 7) -> Change {
        Change(id: 1, table: "account", action: .insert, recordID: 3, values: values, transaction: transaction)
    }

    private func row(sfid: String? = nil, writer: Int64 = 99, key: String? = nil) -> RowIdentity.Row {
        RowIdentity.Row(id: 3, sfid: sfid, writer: writer, key: key)
    }

    @Test("the transaction, the unique identifier and the Salesforce id tell at once")
    func verdicts() {
        let identity = RowIdentity(insert: insert(["name": "A", "key__c": "K"]), upsertColumn: "key__c")
        #expect(identity.verdict(row(writer: 7), answered: nil) == .same)
        #expect(identity.verdict(row(sfid: "001", key: "K"), answered: nil) == .same)
        #expect(identity.verdict(row(sfid: "001"), answered: "001") == .same)
        #expect(identity.verdict(row(sfid: "002"), answered: "001") == .other)
        #expect(identity.verdict(row(sfid: "002", key: "L"), answered: nil) == .other)
        #expect(identity.verdict(row(key: "L"), answered: nil) == .open)
        let wrapped = RowIdentity(insert: insert([:], transaction: 7 + (5 << 32)), upsertColumn: nil)
        #expect(wrapped.verdict(row(writer: 7), answered: nil) == .same)
        let restored = RowIdentity(insert: insert(["sfid": "001"]), upsertColumn: nil)
        #expect(restored.verdict(row(sfid: "001"), answered: "002") == .same)
    }

    @Test("else the row has what was captured, later changes included")
    func contents() {
        let identity = RowIdentity(insert: insert(["name": "A", "phone": "1", "own": "x"]), upsertColumn: nil)
        let update = RowIdentity.Later(action: .update, transaction: 8, values: ["phone": "2"], isCaptured: true)
        let byHand = RowIdentity.Later(action: .update, transaction: 9, values: ["name": "C"], isCaptured: false)
        let columns = ["name", "phone"]
        #expect(identity.isSame(row(), values: ["name": "A", "phone": "1"], later: [], columns: columns))
        #expect(identity.isSame(row(), values: ["name": "A", "phone": "2", "own": "y"], later: [update], columns: columns))
        #expect(!identity.isSame(row(), values: ["name": "A", "phone": "1"], later: [update], columns: columns))
        #expect(!identity.isSame(row(), values: ["name": "B", "phone": "1"], later: [], columns: columns))
        #expect(identity.isSame(row(writer: 8), values: ["name": "Z"], later: [update], columns: columns))
        #expect(identity.isSame(row(), values: ["name": "A", "telephone": "1"], later: [], columns: columns))
        #expect(!identity.isSame(row(), values: ["name": "B", "telephone": "1"], later: [], columns: columns))
        #expect(!identity.isSame(row(), values: ["name": "A", "phone": nil], later: [], columns: columns))
        for name in ["A", "C"] {
            #expect(identity.isSame(row(), values: ["name": name, "phone": "2"], later: [byHand, update], columns: columns))
        }
        #expect(!identity.isSame(row(), values: ["name": "A", "phone": "1"], later: [byHand, update], columns: columns))
        #expect(identity.isSame(row(writer: 12), values: ["name": "Z"], later: [], columns: columns, recorder: 12 + (1 << 32)))
        #expect(!identity.isSame(row(writer: 13), values: ["name": "Z"], later: [], columns: columns, recorder: 12))
    }

    @Test(
        "a column counts as newer than a change only in a table that is older",
        arguments: [
            (column: Int64(5), table: Int64(100), transaction: Int64(90), isNewer: true),
            (column: 10, table: 100, transaction: 90, isNewer: false),
            (column: 5, table: 5, transaction: 90, isNewer: false),
            (column: 5, table: 100, transaction: 96, isNewer: false),
            (column: 2_147_483_647, table: 2_147_483_647, transaction: 90, isNewer: false),
            (column: 5, table: 100, transaction: 5000, isNewer: false),
        ] as [(column: Int64, table: Int64, transaction: Int64, isNewer: Bool)])
    func columnAges(_ the: (column: Int64, table: Int64, transaction: Int64, isNewer: Bool)) {
        let ages = ColumnAges(ages: ["phone": the.column, "id": the.table], now: 100)
        #expect(ages.isNewer("phone", than: the.transaction) == the.isNewer)
        #expect(!ages.isNewer("phone", than: nil) && !ages.isNewer("unknown", than: the.transaction))
    }
}
