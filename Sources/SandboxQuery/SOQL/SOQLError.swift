import SandboxBytes

/// A query that Salesforce would refuse, with its error code and text.
package struct SOQLError: CodedRefusal {
    package let code: String
    package let message: String
    package var fields: [String] { [] }

    package static func malformed(_ message: String) -> SOQLError { SOQLError(code: "MALFORMED_QUERY", message: message) }

    /// Nested too deeply, or with more conditions and fields than anybody needs.
    static let tooComplicated = SOQLError(
        code: "QUERY_TOO_COMPLICATED",
        message: "Query is either selecting too many fields or the filter conditions are too complicated.")

    /// The text, the place in the query, and what is wrong there.
    package static func at(_ offset: Int, in query: String, code: String, _ problem: String) -> SOQLError {
        let before = query.utf8.prefix(offset)
        let row = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        let column = before.count - (before.lastIndex(of: 0x0A).map { before.distance(from: before.startIndex, to: $0) + 1 } ?? 0) + 1
        let utf8 = Array(query.utf8)
        let start = max(0, min(offset, utf8.count) - 60)
        let excerpt = String(decoding: utf8[start..<min(utf8.count, offset + 40)], as: UTF8.self)
        let pointer = String(repeating: " ", count: offset - start) + "^"
        return SOQLError(code: code, message: "\n\(excerpt)\n\(pointer)\nERROR at Row:\(row):Column:\(column)\n\(problem)")
    }
}
