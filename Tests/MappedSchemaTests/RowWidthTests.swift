import Postgres
import TestDatabase
import Testing

@testable import MappedSchema

@Suite("How wide the rows of a table can be")
struct RowWidthTests {
    static let shapes: [[ColumnType]] = [
        [.varchar(255)], [.text], [.varchar(18)], [.varchar(23)], [.varchar(24)], [.double], [.boolean, .double], [.integer, .varchar(80)],
        [.timestamp, .varchar(40), .boolean], [.date, .boolean], [.varchar(18), .text, .double, .varchar(5), .integer],
    ]

    @Test("is what Postgres says when every field is filled", arguments: shapes)
    func limit(_ shape: [ColumnType]) async throws {
        func types(_ count: Int) -> [ColumnType] { (0..<count).map { shape[$0 % shape.count] } }
        var fitting = 1
        while fitting < 1500, RowWidth(of: types(fitting + 1)).bytes <= RowWidth.most { fitting += 1 }
        try await TestDatabase.with { database -> Void in
            let pool = database.pool(size: 1)
            let fits = try await Self.takes(types(fitting), pool)
            #expect(fits)
            if fitting < 1500 {
                // A row is rounded up to eight bytes, as the limit is.
                let over = fitting + 1
                let isOver = try await !Self.takes(types(over), pool)
                #expect(isOver)
                #expect(RowWidth(of: types(over)).warning(of: "Account")?.contains("\(over) mapped fields") == true)
            }
            #expect(RowWidth(of: types(fitting)).warning(of: "Account") == nil)
        }
    }

    private static func takes(_ types: [ColumnType], _ pool: PostgresPool) async throws -> Bool {
        let all = types + RowWidth.own
        // The last is null, as _hc_err is.
        let columns = (all + [.text]).enumerated().map { "c\($0.offset) \($0.element.sql)" }.joined(separator: ", ")
        let values = all.enumerated().map { value($0.element, seed: $0.offset) }.joined(separator: ", ")
        try await pool.run("DROP TABLE IF EXISTS wide")
        try await pool.run(PostgresQuery(sql: "CREATE TABLE wide (\(columns))"))
        do {
            try await pool.run(PostgresQuery(sql: "INSERT INTO wide VALUES (\(values))"))
            return true
        } catch let error as PostgresError where error.sqlState == "54000" {
            return false
        }
    }

    /// A value that no compression makes shorter.
    private static func value(_ type: ColumnType, seed: Int) -> String {
        switch type {
        case .varchar(let length): "left(repeat(md5('\(seed)'), 8), \(length))"
        case .text: "(SELECT string_agg(md5(i::text || '\(seed)'), '') FROM generate_series(1, 20) i)"
        case .integer: "7"
        case .double: "1.5"
        case .boolean: "true"
        case .date: "'2024-01-01'"
        case .timestamp, .timestamptz: "'2024-01-01 12:00'"
        case .time: "'12:00'"
        case .numeric: "123456789012345678"
        }
    }
}
