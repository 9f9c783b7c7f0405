import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Record ids")
struct RecordIDTests {
    @Test(
        "the suffix is Salesforce's",
        arguments: [
            ("005Hs00000BkK19", "IAF"), ("7505G00000ijiDF", "QAY"), ("a02Hs0000179WYr", "IAM"), ("00128000004ffFX", "AAY"),
            ("003q000000KvQ1t", "AAF"), ("750Tn000004ZoR3", "IAK"),
        ])
    func suffix(id: String, suffix: String) { #expect(RecordIDText.suffix(of: id.utf8) == suffix) }

    @Test("an id reads back as the number it was made from, with and without suffix")
    func roundTrip() throws {
        for number in [1, 61, 62, 12_345, 999_999_999] {
            let text = RecordIDText.text(prefix: Array("001".utf8), number: number)
            #expect(text.utf8.count == 18)
            #expect(try #require(RecordIDText.parse(text)).number == number)
            #expect(try #require(RecordIDText.parse(String(text.prefix(15)))).number == number)
        }
    }

    @Test("an id of 18 characters keeps its meaning when its case was lost")
    func repairsCase() throws {
        let text = RecordIDText.text(prefix: Array("00Q".utf8), number: 987_654_321)
        let parsed = try #require(RecordIDText.parse(text.lowercased()))
        #expect(parsed.number == 987_654_321)
        #expect(parsed.prefix == Array("00Q".utf8))
    }

    @Test("what is no id is refused", arguments: ["", "001", "001Sb000000000", "001Sb0000000001!AA", "001Sb0000000001ZZZ9"])
    func refuses(text: String) { #expect(RecordIDText.parse(text) == nil) }

    @Test("ids sort by bytes as rows do")
    func order() {
        let ids = stride(from: 1, to: 300_000, by: 997).map { RecordIDText.text(prefix: Array("001".utf8), number: $0) }
        #expect(ids == ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}
