import Foundation
import LoggedChanges
import Testing

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
}
