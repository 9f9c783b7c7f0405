import Foundation
import MappedSchema
import Testing

/// Values and pages for `BinaryPageTests`.
enum PageSamples {
    struct Sample: Sendable, CustomTestStringConvertible {
        let type: ColumnType
        let values: [String]
        var testDescription: String { type.sql }
    }

    /// What no page may need Postgres' reader for.
    static let known: [Sample] = [
        Sample(
            type: .text,
            values: [
                "", "a", "\"", "\"\"", "a\"b\"", "a,b", "a\nb", "a\r\nb", "\n", "ä€😀", "\\", "\\N", "\\.", "a\\.\nb", " ", "\t", "NULL",
            ]),
        Sample(type: .varchar(4), values: ["", "abcd", "äöü€", "😀😀😀😀", "a\"\"b", "abcd  "]),
        Sample(type: .boolean, values: ["true", "false", ""]),
        Sample(
            type: .integer, values: ["0", "-0", "7", "-7", "2147483647", "-2147483648", "00012", "", "0000000001"]),
        Sample(
            type: .double,
            values: [
                "0", "-0", "0.0", "-0.0", "1", "-1", "5.50234089E8", "448705.29", "-84.33365", "0.1", "1E22", "1E23", "1E-22", "1E-23",
                "1e5", "1E+5",
                "9007199254740992", "9007199254740993", "9007199254740991.5", "0.30000000000000004", "2.2250738585072014E-308", "4.9E-324",
                "1.7976931348623157E308", "123456789012345678", "12345678901234567890", "3.14159265358979323846264338327950288", "8.41E21",
                "1234567890123456.7", "0.000001", "1.", ".5", "-.5", "1.E3", "",
            ]),
        Sample(
            type: .date,
            values: [
                "2000-01-01", "1999-12-31", "1970-01-01", "0001-01-01", "9999-12-31", "2024-02-29", "1900-02-28", "2000-02-29",
                "1700-03-01", "",
            ]),
        Sample(type: .timestamp, values: moments),
        Sample(type: .timestamptz, values: moments),
        Sample(
            type: .time, values: ["00:00:00.000Z", "23:59:59.999Z", "12:34:56.789Z", "12:34:56Z", "01:02:03.000Z", ""]),
    ]

    private static let moments = [
        "2024-05-27T19:52:26.000Z", "1999-12-31T23:59:59.999Z", "2000-01-01T00:00:00.000Z", "1969-07-20T20:17:40.5Z",
        "0001-01-01T00:00:00.001Z",
        "9999-12-31T23:59:59.999Z", "2024-02-29T12:00:00.123456Z", "1700-01-01T00:00:00Z", "2024-05-27T19:52:26.120+0000", "",
    ]

    /// What Postgres may take, or not.
    static let foreign: [Sample] = [
        Sample(type: .boolean, values: ["t", "TRUE", "yes", "1", "0", "maybe", " true", "tru", "falsy", "tr\"e"]),
        Sample(
            type: .integer,
            values: ["2147483648", "-2147483649", "1.0", "5E3", " 7", "7 ", "+7", "-", "abc", "99999999999999999999", "0x10", "1_000"]),
        Sample(
            type: .double,
            values: [
                "NaN", "Infinity", "-Infinity", "inf", "1E309", "-1E309", "1E-400", "0x10", "1,5", "", ".", "-", "E5", "1E", "1E+", "1.2.3",
                "+1", " 1", "--1",
                String(repeating: "1", count: 100),
            ].filter { !$0.isEmpty }),
        Sample(
            type: .date,
            values: [
                "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32", "2024-04-31", "0000-01-01", "2024-1-1",
                "01/02/2024",
                "today", "infinity", "20240101", "2024-01-01T00:00:00.000Z", "12024-01-01", "2024-01-01 BC",
            ]),
        Sample(type: .timestamp, values: odd),
        Sample(type: .timestamptz, values: odd),
        Sample(
            type: .time,
            values: ["24:00:00.000Z", "23:59:60.000Z", "25:00:00.000Z", "12:34", "12:34:56", "12:34:56.789", "noon", "12:34:56.1234567Z"]),
    ]

    private static let odd = [
        "2024-05-27T24:00:00.000Z", "2024-05-27T23:59:60.000Z", "2024-05-27T25:00:00.000Z", "2024-02-30T00:00:00.000Z",
        "2024-05-27T19:52:26.000+0200",
        "2024-05-27T19:52:26.000+02:00", "2024-05-27T19:52:26.000", "2024-05-27 19:52:26", "2024-05-27", "now",
        "2024-05-27T19:52:26.1234567Z",
        "2024-05-27T19:52:26.Z", "2024-05-27T19:52Z", "2024-05-27T19:52:26.000-0000", "2024-05-27t19:52:26.000Z",
        "2024-05-27T19:52:26.000z",
    ]

    /// Pages of a text, a short text and a number.
    static let shapes: [String] = [
        "", "A,B,C", "A,B,C\n", "\"A\",\"B\",\"C\"\n\"x\",\"y\",\"1\"\n", "A,B,C\nx,y,1\n", "A,B,C\n\"x\",y,\"1\"", "A,B,C\nx,y,1",
        "A,B,C\n,,\n",
        "A,B,C\n\"\",\"\",\"\"\n", "A,B,C\n\"a\nb\",\"\"\"\",1\n", "A,B,C\n\"\"\"\",\"\"\"\"\"\",\"1\"\n", "A,B,C\nx,y\n",
        "A,B,C\nx,y,1,2\n", "A,B,C\n\n",
        "A,B,C\r\nx,y,1\r\n", "A,B,C\nx,y,1\r\n", "A,B,C\n\"a\rb\",y,1\n", "A,B,C\na\rb,y,1\n", "A,B,C\n\"x\"z,y,1\n",
        "A,B,C\nx\"z\",y,1\n",
        "A,B,C\n\"x,y,1\n", "A,B,C\n\\.\n", "A,B,C\n\\.,y,1\nx,y,2\n", "A,B,C\n\"\\.\",y,1\n", "A,B,C\n\"\\.\n\",y,1\nx,y,2\n",
        "A,B,C\nx,y,1\n\\.\nx,y,2\n",
        "\u{FEFF}\"A\",\"B\",\"C\"\nx,y,1\n", "A,B,C\nx,y,1\n\nx,y,2\n", "A,B,C\n\"x\",\"y\",\"1\"\"\"\n", "A,B,C\n\"x\",\"y\",\"1\"\n\"",
        "A,B,C\nx,y,1 \n",
    ]
}
