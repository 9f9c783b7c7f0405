import Foundation
import Postgres
import SeededRandom
import TestDatabase
import Testing

/// Texts made to break quoting: every awkward character alone, and mixtures drawn from them.
private struct AwkwardTexts {
    /// A combining accent makes one Swift `Character` with the quote before it; Postgres sees a quote.
    private static let pieces = [
        "'", "\"", "\\", "'\u{301}", "\"\u{301}", "\\\u{301}", "{", "}", ",", "NULL", " ", "\n", "\r\n", "\t", "$1", "--", "/*", ";", "é",
        "日本", "🏳️‍🌈",
        "a", "E'", "\u{FEFF}", "\u{7F}",
    ]

    let all: [String]

    init(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        all =
            [""] + Self.pieces
            + (0..<300).map { _ in
                (0..<Int.random(in: 1...8, using: &generator)).map { _ in Self.pieces.randomElement(using: &generator)! }.joined()
            }
    }
}

@Suite("Text that becomes SQL")
struct PostgresTextTests {
    private let texts = AwkwardTexts(seed: 20_260_731).all

    @Test("comes back from a literal as it was", arguments: ["on", "off"])
    func literals(standardStrings: String) async throws {
        try await TestDatabase.with { database in
            let texts = texts
            try await database.pool(size: 1).withSession { session in
                try session.run("SELECT set_config('standard_conforming_strings', \(standardStrings), false)")
                for text in texts {
                    let row = try session.query("SELECT \(literal: text)::text AS literal")[0]
                    #expect(Array(try row.decode("literal", as: String.self).utf8) == Array(text.utf8), "\(text.debugDescription)")
                }
            }
        }
    }

    @Test("comes back from a parameter as it was")
    func parameters() async throws {
        try await TestDatabase.with { database in
            let texts = texts
            try await database.pool(size: 1).withSession { session in
                for text in texts {
                    let row = try session.query("SELECT \(text)::text AS parameter")[0]
                    #expect(Array(try row.decode("parameter", as: String.self).utf8) == Array(text.utf8), "\(text.debugDescription)")
                }
            }
        }
    }

    @Test("names a column of exactly that name")
    func identifiers() async throws {
        try await TestDatabase.with { database in
            // Postgres cuts names at 63 bytes and takes no empty one.
            let names = texts.filter { !$0.isEmpty && $0.utf8.count < 64 }
            try await database.pool(size: 1).withSession { session in
                for name in names {
                    let result = try session.query("SELECT 1 AS \(identifier: name)")
                    #expect(try result[0].decode(name, as: Int.self) == 1, "\(name.debugDescription)")
                }
            }
        }
    }

    @Test("comes back from an array as it was")
    func arrays() async throws {
        try await TestDatabase.with { database in
            let texts = texts
            let back = try await database.pool().query("SELECT \(texts)::text[] AS texts")[0].decode("texts", as: [String].self)
            #expect(back.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
        }
    }

    @Test("loses NUL characters, which Postgres cannot hold, wherever it goes")
    func nulCharacters() async throws {
        #expect(PostgresText.quoteIdentifier("a\0b") == "\"ab\"")
        #expect(PostgresText.quoteLiteral("\0'\0") == "''''")
        #expect(PostgresText.array(["\0x\0"]) == "{\"x\"}")
        try await TestDatabase.with { database in
            let row = try await database.pool().query("SELECT \("a\0b\0\u{301}")::text AS text")[0]
            #expect(try row.decode("text", as: String.self) == "ab\u{301}")
        }
    }

    @Test("marks missing elements of an array as NULL")
    func missingElements() async throws {
        #expect(PostgresText.array(["a", nil, "NULL"]) == #"{"a",NULL,"NULL"}"#)
        try await TestDatabase.with { database in
            let values: [String?] = [nil, "NULL"]
            let row = try await database.pool().query(
                "SELECT (\(values)::text[])[1] IS NULL AS first, (\(values)::text[])[2] IS NULL AS second")[0]
            #expect(try row.decode("first", as: Bool.self))
            #expect(try row.decode("second", as: Bool.self) == false)
        }
    }
}
