import Foundation
import Testing

@testable import MappedSchema
@testable import SyncWrite

@Suite("What a row and the log are told of a change")
struct ChangeResultTests {
    @Test("a refusal of 10 MB is 2,000 characters in sf_message, and _hc_err is valid JSON")
    func longRefusal() throws {
        let change = Change(id: 1, table: "account", action: .update, recordID: 1, sfid: nil, values: [:], wasSent: false)
        let long = "No\0: " + String(repeating: "\"Grüße\" 東京 👩‍👩‍👧\u{1} ", count: 10_000_000 / 44)
        let result = ChangeResult.failure(change, code: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: long)
        let message = try #require(result.message)
        #expect(message.hasPrefix("FIELD_CUSTOM_VALIDATION_EXCEPTION: No: ") && message.unicodeScalars.count <= 2000)
        let error = try #require(result.rowError)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(error.utf8)) as? [String: Any])
        #expect(object["code"] as? String == "FIELD_CUSTOM_VALIDATION_EXCEPTION" && object["op"] as? String == "UPDATE")
        let told = try #require(object["msg"] as? String)
        #expect(told.hasPrefix("No: ") && told.hasSuffix("…") && told.unicodeScalars.count <= 2000)
        #expect(try #require(ChangeResult.ignored(change, because: long).message).unicodeScalars.count <= 2000)
    }

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
