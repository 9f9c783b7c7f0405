/// A query that Salesforce would refuse, with its error code and text.
struct SOQLError: Error, Sendable {
    let code: String
    let message: String

    static func malformed(_ message: String) -> SOQLError { SOQLError(code: "MALFORMED_QUERY", message: message) }

    /// The text, the place in the query, and what is wrong there.
    static func at(_ offset: Int, in query: String, code: String, _ problem: String) -> SOQLError {
        let before = query.utf8.prefix(offset)
        let row = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        let column = before.count - (before.lastIndex(of: 0x0A).map { before.distance(from: before.startIndex, to: $0) + 1 } ?? 0) + 1
        let excerpt = String(query.prefix(offset + 40).suffix(offset > 60 ? 100 : offset + 40))
        let pointer = String(repeating: " ", count: min(offset, 60)) + "^"
        return SOQLError(code: code, message: "\n\(excerpt)\n\(pointer)\nERROR at Row:\(row):Column:\(column)\n\(problem)")
    }
}
