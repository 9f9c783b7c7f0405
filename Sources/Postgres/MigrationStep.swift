/// One statement of a migration, as a plan tells it.
public struct MigrationStep: Sendable, Hashable {
    /// The beginning of the statement: what is done to what.
    public let summary: String
    /// Whether something goes away or changes its name or its form that an older version may still use. Such a step comes a version after the
    /// one that ended the use.
    public let contracts: Bool

    /// The steps of a file.
    ///
    /// - Parameter sql: statements that end with semicolons; quotes, dollar quotes and comments are left whole.
    public static func steps(of sql: String) -> [MigrationStep] {
        statements(sql).map { statement in
            let words = statement.split(whereSeparator: \.isWhitespace)
            let text = words.joined(separator: " ")
            let summary = text.split(separator: " (", maxSplits: 1)[0]
            return MigrationStep(summary: summary.count > 100 ? summary.prefix(99) + "…" : String(summary), contracts: contracts(words))
        }
    }

    private static func contracts(_ words: [Substring]) -> Bool {
        let upper = words.map { $0.uppercased() }
        guard let first = upper.first else { return false }
        // An index is nothing that anybody names.
        if first == "DROP" { return upper.dropFirst().first != "INDEX" }
        if first == "TRUNCATE" { return true }
        guard first == "ALTER", upper.dropFirst().first != "INDEX" else { return false }
        return upper.contains { $0 == "DROP" || $0 == "RENAME" } || zip(upper, upper.dropFirst()).contains { $0 == "SET" && $1 == "NOT" }
            || (upper.contains("COLUMN") && upper.contains("TYPE") && !upper.contains("ADD"))
    }

    private static func statements(_ sql: String) -> [String] {
        var result: [String] = []
        var current = ""
        var rest = Substring(sql)
        while let character = rest.first {
            if rest.hasPrefix("--") {
                rest = rest.drop { $0 != "\n" }
            } else if character == "'" || character == "\"" {
                let inside = rest.dropFirst().prefix { $0 != character }
                current += "\(character)\(inside)\(character)"
                rest = rest.dropFirst(inside.count + 2)
            } else if let match = rest.prefixMatch(of: #/\$\w*\$/#) {
                let tag = match.output
                let body = rest.dropFirst(tag.count)
                current += tag
                rest = body.firstRange(of: tag).map { body[$0.upperBound...] } ?? ""
            } else if character == ";" {
                result.append(current)
                current = ""
                rest = rest.dropFirst()
            } else {
                current.append(character)
                rest = rest.dropFirst()
            }
        }
        return (result + [current]).filter { $0.contains { !$0.isWhitespace } }
    }
}
