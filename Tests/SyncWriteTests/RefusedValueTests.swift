import LoggedChanges
import MappedSchema
import Testing

@testable import SyncWrite

@Suite("What a refusal of a value names")
struct RefusedValueTests {
    @Test("a value of 10 MB does not hide the column that it was refused for")
    func longValue() {
        let long = String(repeating: "x", count: 10_000_000)
        let change = Change(
            id: 1, table: "account", action: .update, recordID: 1, sfid: nil, values: ["annualrevenue": long], wasSent: false)
        let column = MappedColumn(
            field: "AnnualRevenue", name: "annualrevenue", type: .double, isCreateable: true, isUpdateable: true, referencesObjects: [])
        let table = TableSchema(
            objectName: "Account", schema: "salesforce", table: "account", columns: [column], isWritable: true, upsertColumn: nil,
            indexes: [])
        let error = #expect(throws: RecordValues.Invalid.self) { _ = try RecordValues.update(change, table: table) }
        #expect(error?.message.hasPrefix("annualrevenue: expected a number that Salesforce can hold, found xxx") == true)
        #expect(error.map { $0.message.utf8.count < 300 } == true)
    }

    @Test(
        "a refusal of a value names the record that has it",
        arguments: [
            ("DUPLICATE_VALUE", "duplicate value found: Code__c duplicates value on record with id: 001xx000003DGb1", "001xx000003DGb1"),
            ("DUPLICATE_VALUE", "<unknown> duplicates value on record with id: 001xx000003DGb1AAA (Code__c)", "001xx000003DGb1AAA"),
            ("DUPLICATE_VALUE", "duplicate value found: <unknown> duplicates value on record with id: <unknown>", nil),
            ("DUPLICATE_VALUE", "the value belongs to the row with id 7", nil),
            ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "not beside the record with id: 001xx000003DGb1", nil),
        ] as [(String, String, String?)])
    func holder(code: String, message: String, record: String?) {
        let change = Change(id: 1, table: "account", action: .update, recordID: 1, sfid: nil, values: [:], wasSent: false)
        #expect(ChangeResult.failure(change, code: code, message: message).holderOfValue == record)
        #expect(ChangeResult.success(change, sfid: nil).holderOfValue == nil)
    }
}
