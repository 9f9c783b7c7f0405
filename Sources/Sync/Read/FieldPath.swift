package import Salesforce

/// The field that a mapping names: one of the object itself, or one of a parent, through a relationship. Exports of Heroku Connect spell the
/// latter with underscores (`Account__PG_ID__c`, `Project__r__PG_ID__c`), SOQL with dots; both are taken, and a field of the object that bears
/// the whole name comes first (heroku-connect.md 2.3).
package struct FieldPath: Sendable {
    /// As SOQL selects it: `Name`, or `Account.PG_ID__c`.
    let soql: String
    /// The object that has the field.
    package let owner: String
    /// The field itself.
    package let field: FieldDescribe
    /// The lookup of the mapped object through which the field is reached; nil for a field of its own.
    package let lookup: FieldDescribe?
    /// The objects that the lookup can point to and that have the field: one, but for a polymorphic lookup.
    let parents: [String]

    /// Whether the field is a parent's own, not one of a parent's parent.
    var isDirect: Bool { soql.count { $0 == "." } == 1 }

    /// Relationships in one path, as SOQL allows them.
    private static let longestPath = 5

    /// Finds the field of a name.
    ///
    /// - Parameter describe: describes a parent by name.
    /// - Throws: `SyncError` with code `.badConfiguration` naming the object, and the field or relationship that it lacks; what `describe` threw.
    package static func resolve(
        _ name: String, of object: ObjectDescribe, describe: (String) async throws -> ObjectDescribe
    ) async throws -> FieldPath {
        try await resolve(name, of: object, depth: 0, describe: describe)
    }

    private static func resolve(
        _ name: String, of object: ObjectDescribe, depth: Int, describe: (String) async throws -> ObjectDescribe
    ) async throws -> FieldPath {
        if let field = object.field(name) { return FieldPath(soql: field.name, owner: object.name, field: field, lookup: nil, parents: []) }
        let candidates = depth < longestPath ? steps(name, of: object) : []
        if candidates.isEmpty, let relationship = name.split(separator: ".").dropLast().first {
            throw SyncError(
                code: .badConfiguration, message: "the object \(object.name) has no relationship \(relationship), mapped as \(name)")
        }
        var refusal = SyncError(
            code: .badConfiguration, message: "the object \(object.name) has no field \(name), or the integration user may not see it")
        for (lookup, relationship, rest) in candidates {
            var found: [FieldPath] = []
            for parent in lookup.referenceTo {
                do {
                    found.append(try await resolve(rest, of: try await describe(parent), depth: depth + 1, describe: describe))
                } catch let error as SyncError where error.code == .badConfiguration {
                    refusal = error
                } catch let error as SalesforceError where error.meansMissingObject {
                    // A parent that the integration user may not see has no field for him.
                    continue
                }
            }
            guard let first = found.first else { continue }
            return FieldPath(
                soql: "\(relationship).\(first.soql)", owner: first.owner, field: first.field, lookup: lookup, parents: found.map(\.owner))
        }
        throw refusal
    }

    /// The relationships with which a name can begin, the longest first, and what is left of the name after each.
    private static func steps(_ name: String, of object: ObjectDescribe) -> [(lookup: FieldDescribe, relationship: String, rest: String)] {
        object.fields.compactMap { lookup -> (lookup: FieldDescribe, relationship: String, rest: String)? in
            guard let relationship = lookup.relationshipName, !lookup.referenceTo.isEmpty else { return nil }
            for separator in [".", "__"] {
                let head = relationship + separator
                if name.count > head.count, name.lowercased().hasPrefix(head.lowercased()) {
                    return (lookup, relationship, String(name.dropFirst(head.count)))
                }
            }
            return nil
        }.sorted { ($0.relationship.count, $1.lookup.name) > ($1.relationship.count, $0.lookup.name) }
    }
}
