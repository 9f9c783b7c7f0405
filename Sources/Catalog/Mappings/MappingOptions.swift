/// What a mapping's configuration may ask for that Heroku Connect does not know, checked.
public struct MappingOptions: Sendable, Equatable {
    /// A Postgres type that somebody prefers to Heroku Connect's.
    public enum ColumnType: String, Sendable, Hashable, Codable, CaseIterable {
        /// For numbers, in place of `double precision`: decimal digits stay what they are.
        case numeric
        /// For times, in place of `timestamp without time zone`.
        case timestamptz
    }

    /// Which records are mapped: a condition of SOQL; nil for all of them.
    public let rowFilter: String?
    /// Hours between two comparisons of the whole table with its object, which mend what differs; 0 is never.
    public let verifyHours: Int
    /// Hours between two readings of all records, for formula fields and fields of parents, whose values change without a stamp; 0 is never.
    public let refreshHours: Int
    /// The preferred types, by column.
    public let columnTypes: [String: ColumnType]

    /// The options' names, in the order in which they are shown.
    public static let names = ["row_filter", "verify_hours", "refresh_hours", "column_types"]

    /// A week; the control database's column has the same.
    public static let standardVerifyHours = 168
    /// Salesforce's longest condition.
    private static let longestFilter = 4000
    /// Ten years.
    private static let mostHours = 87_600

    /// - Throws: `ExportFileError` naming the fault.
    init(_ document: JSONValue, fields: [String], at path: String) throws(ExportFileError) {
        rowFilter = try Self.rowFilter(document["row_filter"], at: "\(path).row_filter")
        verifyHours = try Self.hours(document["verify_hours"], at: "\(path).verify_hours") ?? Self.standardVerifyHours
        refreshHours = try Self.hours(document["refresh_hours"], at: "\(path).refresh_hours") ?? 0
        columnTypes = try Self.columnTypes(document["column_types"], fields: fields, at: "\(path).column_types")
    }

    private static func hours(_ value: JSONValue?, at path: String) throws(ExportFileError) -> Int? {
        guard let value, value != .null else { return nil }
        guard let hours = value.wholeNumber, (0...mostHours).contains(hours) else {
            throw ExportFileError(path: path, message: "expected 0 to \(mostHours) hours, found \(value.text.prefix(80))")
        }
        return hours
    }

    private static func columnTypes(
        _ value: JSONValue?, fields: [String], at path: String
    ) throws(ExportFileError) -> [String: ColumnType] {
        guard let value, value != .null else { return [:] }
        let known = Set(fields.map(SalesforceName.column(ofField:)))
        var types: [String: ColumnType] = [:]
        for member in try value.object(at: path) {
            let column = SalesforceName.column(ofField: member.key)
            guard known.contains(column) else {
                throw ExportFileError(
                    path: "\(path).\(member.key)", message: "expected one of the mapped fields, found \(member.key.prefix(80))")
            }
            guard let type = member.value.string.flatMap(ColumnType.init) else {
                throw ExportFileError(
                    path: "\(path).\(member.key)", message: "expected numeric or timestamptz, found \(member.value.text.prefix(80))")
            }
            types[column] = type
        }
        return types
    }

    /// Whether it is one condition; what it asks for only the org can judge.
    private static func rowFilter(_ value: JSONValue?, at path: String) throws(ExportFileError) -> String? {
        guard let value, value != .null else { return nil }
        let text = try value.string(at: path)
        guard !text.allSatisfy(\.isWhitespace) else { return nil }
        var depth = 0
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                if character == "\\" { isEscaped = true } else if character == "'" { isQuoted = false }
            } else if character == "'" {
                isQuoted = true
            } else if character == "(" {
                depth += 1
            } else if character == ")" {
                depth -= 1
                if depth < 0 { break }
            }
        }
        guard depth == 0, !isQuoted, text.count <= longestFilter else {
            throw ExportFileError(
                path: path,
                message:
                    "expected one condition of SOQL, such as Type = 'Customer', with its quotes and parentheses closed, found \(text.prefix(80))"
            )
        }
        return text
    }
}
