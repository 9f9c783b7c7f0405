import Testing

@testable import Dashboard

@Suite("Find")
struct DestinationTests {
    @Test(
        "a text fits by its beginning, by the beginning of a word, by a part, or by letters in order",
        arguments: [
            ("acc", "Account", 0), ("c", "Invoice__c", 1), ("count", "Account", 2), ("acn", "Account", 5), ("", "Account", 0),
            ("xyz", "Account", nil), ("tca", "Account", nil),
        ] as [(String, String, Int?)])
    func rank(query: String, text: String, expected: Int?) {
        #expect(Destination.rank(of: query, in: text) == expected)
    }

    @Test(
        "15 or 18 letters and digits look like a record's id",
        arguments: [
            ("001000000000001", true), ("001000000000001AAA", true), ("00100000000001", false), ("0010000000000-1", false),
            ("001000000000001é", false),
        ])
    func identifiers(text: String, expected: Bool) {
        #expect(Destination.isRecordID(text) == expected)
    }
}
