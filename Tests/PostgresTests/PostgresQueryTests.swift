import Postgres
import Testing

@Suite("A query written as one string")
struct PostgresQueryTests {
    @Test("turns values into numbered parameters, never into SQL text")
    func valuesAreParameters() {
        let missing: Int? = nil
        let query: PostgresQuery = "SELECT \("Robert'); DROP TABLE students;--"), \(42), \(missing)"
        #expect(query.sql == "SELECT $1, $2, $3")
        #expect(query.parameters == ["Robert'); DROP TABLE students;--", "42", nil])
    }

    @Test("quotes identifiers and joins them as a path or as a list")
    func identifiers() {
        let query: PostgresQuery = "SELECT \(identifiers: ["a", "b\"c"]) FROM \(identifier: "my schema", "table")"
        #expect(query.sql == #"SELECT "a", "b""c" FROM "my schema"."table""#)
        #expect(query.parameters.isEmpty)
    }

    @Test("renumbers the parameters of a fragment after its own")
    func fragmentsAreRenumbered() {
        let filter: PostgresQuery = "a = \(1) AND b = \(2)"
        let both: PostgresQuery = "\(fragment: filter) OR \(fragment: filter)"
        let query: PostgresQuery = "SELECT \("x") WHERE \(fragment: both) LIMIT \(9)"
        #expect(query.sql == "SELECT $1 WHERE a = $2 AND b = $3 OR a = $4 AND b = $5 LIMIT $6")
        #expect(query.parameters == ["x", "1", "2", "1", "2", "9"])
    }

    @Test("takes a fragment without parameters as it is")
    func fragmentWithoutParameters() {
        let fragment = PostgresQuery(sql: "price = '$1'")
        let query: PostgresQuery = "SELECT \(7) WHERE \(fragment: fragment)"
        #expect(query.sql == "SELECT $1 WHERE price = '$1'")
    }

    @Test("renumbers more than nine parameters by their whole number")
    func fragmentsWithManyParameters() {
        let fragment = PostgresQuery(sql: "($1,$10,$2)", parameters: (1...10).map(String.init))
        let query: PostgresQuery = "\(true)\(fragment: fragment)"
        #expect(query.sql == "$1($2,$11,$3)")
    }

    @Test("leaves a dollar sign inside a fragment's literals and identifiers alone")
    func fragmentsKeepLiterals() {
        let fragment: PostgresQuery = "name = \(1) AND price = \(literal: "$1") AND \(identifier: "$2") > 0"
        let nested: PostgresQuery = "\(5), \(fragment: fragment)"
        let query: PostgresQuery = "\(0), \(fragment: nested)"
        #expect(query.sql == #"$1, $2, name = $3 AND price = '$1' AND "$2" > 0"#)
        #expect(query.parameters == ["0", "5", "1"])
    }

    @Test("stays prepared only when asked")
    func prepared() {
        let query: PostgresQuery = "SELECT 1"
        #expect(!query.isPrepared)
        #expect(query.prepared().isPrepared)
    }
}
