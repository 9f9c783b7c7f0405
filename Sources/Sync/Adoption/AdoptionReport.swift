public import Catalog
public import Foundation

/// What an adoption did, or would do.
public struct AdoptionReport: Sendable {
    /// One mapping of it.
    public struct Table: Sendable {
        /// The object.
        public let objectName: String
        /// The table, with its schema.
        public let table: String
        /// Rows that stay as they are, and whether they were counted one by one.
        public var rows = 0
        /// Whether `rows` is exact.
        public var isRowsExact = true
        /// From which stamp on the org's changes are read; nil where the table is loaded first.
        public var readsFrom: Date?
        /// Why the table is loaded, or loaded again beside polling; nil where it is not.
        public var load: LoadArgs.Reason?
        /// Changes of the table that wait, by state, and are written by this connection.
        public var waiting: [String: Int] = [:]
        /// What keeps it from being adopted.
        public var problem: String?
        /// Whether the connection kept it in step before.
        public var isKnown = false
    }

    /// What is done, or was.
    public var mode: AdoptArgs.Mode
    /// The schema.
    public var schema: String
    /// What is altered in the target, in words.
    public var alterations: [String] = []
    /// What taking it back leaves.
    public var remains: [String] = []
    /// The mappings in the order of the file.
    public var tables: [Table] = []
    /// What somebody should look at.
    public var warnings: [String] = []
    /// What keeps the whole from being done.
    public var problems: [String] = []

    init(mode: AdoptArgs.Mode, schema: String) {
        self.mode = mode
        self.schema = schema
    }

    /// Whether it was done, or could be.
    public var isSound: Bool { problems.isEmpty && tables.allSatisfy { $0.problem == nil } }

    /// For programs.
    public var document: JSONValue {
        .object([
            .init("mode", .string(mode.rawValue)), .init("schema", .string(schema)), .init("sound", .bool(isSound)),
            .init("problems", .array(problems.map(JSONValue.string))), .init("warnings", .array(warnings.map(JSONValue.string))),
            .init("alterations", .array(alterations.map(JSONValue.string))), .init("remains", .array(remains.map(JSONValue.string))),
            .init("mappings", .array(tables.map(\.document))),
        ])
    }

    /// For people.
    public var text: String {
        var lines: [String] = []
        switch (mode, isSound) {
        case (.plan, true): lines.append("The schema \(schema) can be adopted. Nothing was changed. What would be done:")
        case (.adopt, true): lines.append("The schema \(schema) is adopted. What was done:")
        case (.takeBack, true): lines.append("The adoption of the schema \(schema) was taken back. What was undone:")
        case (_, false): lines.append("Nothing was changed. What is in the way:")
        }
        lines += problems.map { "  ! \($0)" } + tables.compactMap { table in table.problem.map { "  ! \(table.objectName): \($0)" } }
        if isSound, alterations.isEmpty { lines.append("  nothing in the target") }
        if isSound || mode == .plan { lines += alterations.map { "  - \($0)" } }
        lines += tables.filter { $0.problem == nil }.map { "  \($0.text)" }
        lines += remains.map { "  stays: \($0)" } + warnings.map { "  look at: \($0)" }
        return lines.joined(separator: "\n")
    }
}

extension AdoptionReport.Table {
    fileprivate var document: JSONValue {
        .object([
            .init("object_name", .string(objectName)), .init("table", .string(table)), .init("rows", .integer(rows)),
            .init("rows_exact", .bool(isRowsExact)), .init("reads_from", .optional(readsFrom.map(Self.text))),
            .init("load", .optional(load?.rawValue)), .init("known", .bool(isKnown)),
            .init("waiting", .object(waiting.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) })),
            .init("problem", .optional(problem)),
        ])
    }

    fileprivate var text: String {
        if isKnown { return "\(objectName): kept in step already" }
        let number = "\(isRowsExact ? "" : "about ")\(rows) rows"
        let changes = waiting.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let reading =
            switch (readsFrom, load) {
            case (let from?, nil): "changes since \(Self.text(from)) are read"
            case (let from?, _?): "changes since \(Self.text(from)) are read, and new columns filled by a reload beside that"
            case (nil, _): "the table is loaded"
            }
        return "\(objectName): \(table), \(number) stay; \(reading)" + (changes.isEmpty ? "" : "; changes to be written: \(changes)")
    }

    private static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
