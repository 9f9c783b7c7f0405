/// Comma-separated values (RFC 4180) for people's spreadsheets.
package enum CSVText {
    /// A line with its end. A text that a spreadsheet would take for a formula is marked as text
    /// (https://owasp.org/www-community/attacks/CSV_Injection).
    package static func line(_ values: [String]) -> String {
        values.map { value in
            let isFormula = value.first.map { "=+-@\t\r".contains($0) } ?? false
            return "\"\((isFormula ? "'" : "") + value.replacing("\"", with: "\"\""))\""
        }.joined(separator: ",") + "\r\n"
    }
}
