package import Foundation
package import Postgres
package import SharedValues

/// What stands in a schema of a target database, what it is to who asks, and what to do: as API, pages and command tell it.
package struct SchemaReport: Sendable {
    package let finding: SchemaFinding
    private let schema: String
    private let database: String
    private let contents: SchemaContents

    private static let mostTables = 1000

    /// Looks at a schema, without a change to anything.
    ///
    /// - Parameters:
    ///   - database: the database's name for people, without a password.
    ///   - asking: the control database and connection that ask; the connection is nil before it is made.
    ///   - isTaken: whether another connection of the control database has the schema.
    /// - Throws: `PostgresError`.
    package init(
        lookingAt schema: String, of database: String, asking: (controlDatabase: UUID, connection: UUID?), isTaken: Bool,
        in session: PostgresSession
    ) throws {
        self.schema = schema
        self.database = database
        contents = try SchemaContents.look(at: schema, in: session)
        finding = SchemaFinding(contents, of: schema, asking: asking, isTaken: isTaken)
    }

    /// What another connection keeps is none of this one's business.
    private var tables: [SchemaContents.Table] { finding.kind == .owned ? [] : contents.tables }

    private var organizationID: String? { finding.kind == .owned ? nil : contents.organizationID.flatMap { $0.isEmpty ? nil : $0 } }

    package var document: JSONValue {
        [
            "schema_name": .string(schema), "database": .string(database), "found": .string(finding.kind.rawValue),
            "usable": .bool(finding.isUsable), "message": .string(finding.message), "remedy": .string(finding.remedy),
            "organization_id": .optional(organizationID),
            "tables": .array(
                tables.prefix(Self.mostTables).map {
                    ["name": .string($0.name), "mapped": .bool($0.isMapped), "rows": $0.rows.map { .integer($0) } ?? .null]
                }),
        ]
    }

    /// The same for people.
    package var text: String {
        let lines = tables.prefix(Self.mostTables).map { table in
            "  \(table.name)\(table.isMapped ? ", a mapped table" : "")\(table.rows.map { ", about \($0) rows" } ?? "")"
        }
        return (["\(database), schema \(schema): \(finding.kind.rawValue)", finding.message, finding.remedy] + lines).joined(
            separator: "\n")
    }
}
