import MappedSchema
import Testing

@Suite("Column types")
struct ColumnTypeTests {
    /// heroku-connect.md 2.3.
    @Test(
        "follow from describe's type and length",
        arguments: [
            ("id", 18, .varchar(18)), ("reference", 18, .varchar(18)), ("boolean", 0, .boolean), ("int", 0, .integer),
            ("long", 0, .integer),
            ("double", 0, .double), ("currency", 0, .double), ("percent", 0, .double), ("date", 0, .date), ("datetime", 0, .timestamp),
            ("time", 0, .time), ("string", 80, .varchar(80)), ("string", 255, .varchar(255)), ("string", 1300, .varchar(1300)),
            ("phone", 40, .varchar(40)), ("email", 80, .varchar(80)), ("url", 255, .varchar(255)), ("textarea", 8000, .varchar(8000)),
            ("textarea", 8001, .text), ("textarea", 32_000, .text), ("textarea", 131_072, .text), ("string", 0, .text),
            ("picklist", 40, .varchar(255)), ("picklist", 255, .varchar(255)), ("picklist", 300, .varchar(300)),
            ("combobox", 10, .varchar(255)),
            ("multipicklist", 50, .varchar(4099)), ("encryptedstring", 20, .varchar(175)), ("encryptedstring", 200, .varchar(200)),
            ("anytype", 0, .text), ("json", 0, .text), ("something new", 60, .varchar(60)),
        ] as [(String, Int, ColumnType)])
    func mapped(type: String, length: Int, column: ColumnType) {
        #expect(ColumnType.of(salesforceType: type, length: length) == column)
    }

    @Test("are none for what only its components or another API carry", arguments: ["address", "location", "base64", "complexvalue"])
    func unmapped(type: String) {
        #expect(ColumnType.of(salesforceType: type, length: 0) == nil)
    }

    enum Fit: Sendable {
        case holds, widens, neither
    }

    @Test(
        "of a table that is there stay, are widened without a look at the rows, or do not fit",
        arguments: [
            (.varchar(80), .varchar(80), .holds), (.varchar(80), .varchar(40), .holds), (.varchar(80), .varchar(81), .widens),
            (.varchar(80), .text, .widens), (.text, .varchar(80), .holds), (.text, .text, .holds), (.integer, .integer, .holds),
            (.integer, .double, .neither), (.double, .integer, .neither), (.varchar(255), .integer, .neither), (.integer, .text, .neither),
            (.date, .timestamp, .neither), (.timestamp, .date, .neither), (.boolean, .varchar(5), .neither), (.time, .time, .holds),
            (.double, .numeric, .widens), (.numeric, .double, .holds), (.timestamp, .timestamptz, .widens),
            (.timestamptz, .timestamp, .holds),
        ] as [(ColumnType, ColumnType, Fit)])
    func fit(present: ColumnType, wanted: ColumnType, fit: Fit) {
        #expect(present.holds(wanted) == (fit == .holds))
        #expect((!present.holds(wanted) && present.canWiden(to: wanted)) == (fit == .widens))
    }

    @Test(
        "are read as Postgres prints them, and printed so",
        arguments: [
            .varchar(1), .varchar(8000), .text, .integer, .double, .boolean, .date, .timestamp, .time, .numeric, .timestamptz,
        ] as [ColumnType])
    func printed(type: ColumnType) {
        #expect(ColumnType(sql: type.sql) == type)
    }

    @Test(
        "that no mapped column has are not read",
        arguments: [
            "bigint", "numeric(10,2)", "timestamp(3) with time zone", "character(5)", "character varying(x)", "jsonb", "text[]", "",
        ])
    func foreign(sql: String) {
        #expect(ColumnType(sql: sql) == nil)
    }
}
