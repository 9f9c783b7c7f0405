import Postgres
import TestDatabase
import Testing

@Suite("hstore's text form")
struct HStoreTextTests {
    static let wellFormed = [
        #"""#, #""a"=>"1""#, #""a"=>"1", "b"=>NULL"#, #"a=>1,b=>null , c => NuLl"#, #""a\"b"=>"back\\slash""#, #"a=>b=c"#, #"x,y=>1"#,
        #"a=>1,"#, #"  "#, #""null"=>"NULL""#, #""ä"=>"€😀""#, #"a=>"1",a=>"2""#, "\"a\"=>\"line\nbreak\"", #"a\ b=>c\,d"#, #"a=>,b=>1"#,
        #",a==>1"#,
    ]
    static let malformed = [#""a""#, #""a"=>"#, #""a"=>"1" "b"=>"2""#, #""a=>"1""#, #"=>1"#, "not an hstore", #"a=1"#, #"a=>b\"#]

    @Test("reads what the server reads, and refuses what the server refuses")
    func agreesWithTheServer() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool(size: 1)
            try await pool.run("CREATE EXTENSION IF NOT EXISTS hstore")
            for text in Self.wellFormed + Self.malformed {
                let theirs: [String: String?]?
                do {
                    let rows = try await pool.query("SELECT key, value FROM each(\(text)::hstore)")
                    theirs = Dictionary(
                        uniqueKeysWithValues: try rows.map { (try $0.decode("key", as: String.self), try $0.decodeIfPresent("value")) })
                } catch is PostgresError {
                    theirs = nil
                }
                #expect((try? HStoreText.parse(text)) == theirs, "\(text)")
            }
        }
    }

    @Test("says where a text stops being an hstore, and what was expected")
    func position() {
        #expect(throws: HStoreText.SyntaxError(offset: 4, expected: "=>")) { try HStoreText.parse("not an hstore") }
        #expect(throws: HStoreText.SyntaxError(offset: 10, expected: "a closing quote")) { try HStoreText.parse(#""a"=>"open"#) }
    }
}
