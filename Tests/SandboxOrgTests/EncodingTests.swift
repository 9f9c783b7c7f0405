import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

@Suite("Numbers, times, JSON and checksums")
struct EncodingTests {
    @Test(
        "a double has Java's text in bulk, plain decimals in JSON and Postgres' text in checksums",
        arguments: [
            (0, "0.0", "0.0", "0"), (1000.5, "1000.5", "1000.5", "1000.5"), (950_000_000, "9.5E8", "950000000.0", "950000000"),
            (16_147_805_824_397, "1.6147805824397E13", "16147805824397.0", "16147805824397"), (100, "100.0", "100.0", "100"),
            (9_999_999.5, "9999999.5", "9999999.5", "9999999.5"), (1e7, "1.0E7", "10000000.0", "10000000"),
            (-0.25, "-0.25", "-0.25", "-0.25"), (1e15, "1.0E15", "1000000000000000.0", "1e+15"),
            (0.0001, "1.0E-4", "0.0001", "0.0001"), (0.00001234, "1.234E-5", "0.00001234", "1.234e-05"),
            (1.7976931348623157e308, "1.7976931348623157E308", "1.7976931348623157E308", "1.7976931348623157e+308"),
            (123_456.789, "123456.789", "123456.789", "123456.789"),
        ])
    func doubles(number: Double, java: String, json: String, postgres: String) {
        var writer = ByteWriter()
        DecimalText(number).appendJava(to: &writer)
        #expect(writer.string == java)
        writer.removeAll()
        DecimalText(number).appendJSON(to: &writer)
        #expect(writer.string == json)
        writer.removeAll()
        DecimalText(number).appendPostgres(to: &writer)
        #expect(writer.string == postgres)
    }

    @Test("a scaled integer has the text of the double it stands for")
    func scaled() {
        for mantissa: Int64 in [0, 1, 5, 10, 99, 100, -12_345, 1_200_000, 999_999_999_999_999] {
            for scale in 0...4 {
                var fromInteger = ByteWriter()
                DecimalText(mantissa: mantissa, scale: scale).appendJava(to: &fromInteger)
                var fromDouble = ByteWriter()
                DecimalText(Double(mantissa) / pow(10, Double(scale))).appendJava(to: &fromDouble)
                #expect(fromInteger.string == fromDouble.string)
            }
        }
    }

    @Test("times are read with any offset and written in UTC")
    func times() throws {
        let expected = try #require(TimeParser.datetime("2024-02-29T23:30:00Z"))
        #expect(TimeParser.datetime("2024-03-01T00:30:00.999+01:00") == expected)
        #expect(TimeParser.datetime("2024-02-29T15:30:00-0800") == expected)
        #expect(CivilTime.restText(expected) == "2024-02-29T23:30:00.000+0000")
        #expect(TimeParser.date("2023-02-29") == nil)
        #expect(TimeParser.datetime("2024-01-01T25:00:00Z") == nil)
        #expect(TimeParser.time("10:22:00.250Z") == 37_320_250)
    }

    @Test("the calendar is right for every day of four centuries")
    func calendar() {
        for days in stride(from: -98_000, to: 100_000, by: 1) {
            let date = CivilTime.civil(days: days)
            #expect(CivilTime.days(year: date.year, month: date.month, day: date.day) == days)
        }
    }

    @Test("JSON texts are read as Foundation reads them")
    func json() throws {
        let text = #" {"a":[1,-2.5e3,true,null],"b":"x\"\\\n\u00e9\ud83d\ude00","c":{}} "#
        let json = try JSONParser.parse(Array(text.utf8))
        #expect(json["a"]?.array?.count == 4)
        #expect(json["a"]?.array?[1] == .number(-2500, text: "-2.5e3"))
        #expect(json["b"]?.string == "x\"\\\né😀")
    }

    @Test(
        "what is no JSON is refused, however deep",
        arguments: ["", "{", "[1,]", "{\"a\" 1}", "nul", "\"\u{1}\"", "1 2", "-", "\"\\u12\"", String(repeating: "[", count: 100_000)])
    func badJSON(text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test("SHA-256 and HMAC have the values of their standards")
    func checksums() {
        #expect(
            SHA256.hexadecimal(SHA256.hash(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hexadecimal(SHA256.hash([UInt8](repeating: 97, count: 1_000)))
                == "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3")
        #expect(
            SHA256.hexadecimal(SHA256.hmac(key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }
}
