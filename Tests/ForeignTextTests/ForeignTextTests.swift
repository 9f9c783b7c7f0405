import ForeignText
import Testing

@Suite("Texts from elsewhere", .timeLimit(.minutes(20)))
struct ForeignTextTests {
    @Test("short ones stay as they are", arguments: ["", "x", "Grüße an 東京 👩‍👩‍👧", String(repeating: "é", count: 2000)])
    func short(text: String) {
        #expect(String(foreign: text) == text)
        #expect(String(foreignBytes: Array(text.utf8)) == text)
    }

    @Test(
        "10 MB become 2,000 characters with an ellipsis, whatever stands at the cut",
        arguments: ["a", "é", "東", "𝄞", "🇩🇪", "e\u{301}", "👩‍👩‍👧", "\r\n", "\u{FFFD}"])
    func long(unit: String) {
        for offset in 0..<8 {
            let text = String(repeating: "x", count: offset) + String(repeating: unit, count: 10_000_000 / unit.utf8.count)
            for cut in [String(foreign: text), String(foreignBytes: Array(text.utf8)), String(foreign: text[...])] {
                #expect(cut.unicodeScalars.count <= 2000 && cut.unicodeScalars.count > 1990)
                #expect(cut.hasSuffix("…"))
                #expect(text.hasPrefix(cut.dropLast()), "no character is torn")
            }
        }
    }

    @Test("2,000 are kept whole, 2,001 are cut")
    func border() {
        let whole = String(repeating: "ü", count: 2000)
        #expect(String(foreign: whole) == whole)
        #expect(String(foreign: whole + "x") == String(repeating: "ü", count: 1999) + "…")
        #expect(String(foreign: "abcdef", limit: 3) == "ab…")
        #expect(String(foreign: "abc", limit: 3) == "abc")
        #expect(String(foreign: "abc", limit: 1) == "…")
    }

    @Test("NUL is left out and invalid UTF-8 is replaced, wherever they are")
    func unstorable() {
        #expect(String(foreign: "\0a\0b\0") == "ab")
        #expect(String(foreignBytes: [0x61, 0, 0xFF, 0x62, 0xC3]) == "a\u{FFFD}b\u{FFFD}")
        let nuls = [UInt8](repeating: 0, count: 5_000_000) + Array("end".utf8)
        #expect(String(foreignBytes: nuls) == "end")
        #expect(String(foreign: String(decoding: nuls, as: UTF8.self)) == "end")
        let broken = String(foreignBytes: [UInt8](repeating: 0xE6, count: 10_000_000))
        #expect(broken.unicodeScalars.count == 2000 && broken.hasSuffix("\u{FFFD}…"))
        let mixed = String(foreignBytes: Array(repeating: [UInt8(0), 0x78], count: 5_000_000).joined())
        #expect(mixed == String(repeating: "x", count: 1999) + "…")
    }

    @Test("a single character without an end is torn all the same")
    func endless() {
        let text = "e" + String(repeating: "\u{301}", count: 1_000_000)
        #expect(text.count == 1)
        let cut = String(foreign: text)
        #expect(cut.unicodeScalars.count <= 2000 && cut.unicodeScalars.count > 1900 && cut.hasSuffix("…"))
    }
}
