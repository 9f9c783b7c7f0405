package import Foundation
import MappedSchema

/// What a schema is to a connection that may be given it, and what to do about that. A value without I/O.
package struct SchemaFinding: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// There is no such schema.
        case missing
        /// It is there, and nothing in it.
        case empty
        /// Heroku Connect filled it, or a connection that is gone: it can be adopted.
        case adoptable
        /// The connection that asks keeps it already.
        case own
        /// Another connection keeps it.
        case owned
        /// What stands in it is somebody else's.
        case foreign
        /// Sluice's role may make nothing in it.
        case closed
    }

    package let kind: Kind
    /// What was found, for people.
    package let message: String
    /// What to do.
    package let remedy: String

    /// Whether a connection can be given the schema as it is.
    package var isUsable: Bool { kind != .owned && kind != .closed }

    /// - Parameters:
    ///   - asking: the control database and connection that ask; the connection is nil before it is made.
    ///   - isTaken: whether another connection of the control database has the schema.
    package init(_ contents: SchemaContents, of schema: String, asking: (controlDatabase: UUID, connection: UUID?), isTaken: Bool) {
        let (mapped, others) = (contents.tables.filter(\.isMapped), contents.tables.filter { !$0.isMapped })
        func list(_ tables: [SchemaContents.Table]) -> String {
            let names = tables.prefix(8).map(\.name).joined(separator: ", ")
            return "\(tables.count) \(tables.count == 1 ? "table" : "tables") (\(names)\(tables.count > 8 ? ", …" : ""))"
        }
        let isOwn =
            contents.owner.map {
                $0.controlDatabase == asking.controlDatabase.uuidString.lowercased()
                    && $0.connection == asking.connection?.uuidString.lowercased()
            } ?? false
        if isTaken || contents.owner != nil && !isOwn {
            kind = .owned
            message = "Another connection keeps the schema \(schema)."
            remedy =
                "Choose another schema. If that connection is gone for good, whoever keeps the installation takes its schema over: sluice connection takeover"
        } else if !contents.mayCreate {
            kind = .closed
            message =
                "The role \(contents.role) may \(contents.exists ? "make no tables in the schema \(schema)" : "make no schema in this database")."
            remedy =
                contents.exists
                ? "Let the schema's owner run: GRANT USAGE, CREATE ON SCHEMA \(schema) TO \(contents.role)"
                : "Let the database's owner run: CREATE SCHEMA \(schema) AUTHORIZATION \(contents.role)"
        } else if isOwn {
            kind = .own
            message = "This connection keeps the schema \(schema) in step: \(list(mapped))."
            remedy = "Nothing is to be done."
        } else if !mapped.isEmpty {
            kind = .adoptable
            message =
                "Heroku Connect, or a connection that is gone, filled the schema \(schema): \(list(mapped))\(contents.organizationID.flatMap { $0.isEmpty ? nil : " of the org \($0)" } ?? "")."
            remedy =
                "Pause Heroku Connect, sign in at the same org, and adopt the schema: rows, ids and changes that wait stay as they are. What would be done is shown before anything is."
        } else if !others.isEmpty {
            kind = .foreign
            message = "The schema \(schema) holds \(list(others)) of somebody else."
            remedy =
                "Better choose a schema of its own, such as salesforce. Mapped tables would stand beside these, and an object whose table would be called like one of them cannot be mapped."
        } else if contents.exists {
            kind = .empty
            message = "The schema \(schema) is there, and nothing in it."
            remedy = "Tables are made in it as objects are mapped."
        } else {
            kind = .missing
            message = "There is no schema \(schema) yet."
            remedy = "It is made with the first mapping."
        }
    }
}
