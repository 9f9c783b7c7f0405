import LoggedChanges
import MappedSchema
import Salesforce

/// Which object a parent is of that a row names by an external id, where the lookup may refer to several.
struct ParentTypes: Sendable, Equatable {
    private struct Key: Hashable {
        let column: String
        let value: String
    }

    private var found: [Key: String] = [:]

    /// Nothing was asked: the object is the only one that has the field.
    static let none = ParentTypes()

    /// Asks every object that a column may refer to, in their order; the first that has the value is it.
    ///
    /// - Throws: `SalesforceError`.
    static func of(_ changes: [Change], table: TableSchema, asking org: OrgRecords) async throws -> ParentTypes {
        var types = ParentTypes()
        for column in table.columns {
            guard let relationship = column.relationship, column.referencesObjects.count > 1 else { continue }
            var open = Set(changes.compactMap { $0.values[column.name] ?? nil })
            for object in column.referencesObjects where !open.isEmpty {
                let holders = try await org.holders(
                    of: relationship.field, in: object, isNumber: column.type.isNumber, values: Array(open))
                for value in open where holders[value] != nil { types.found[Key(column: column.name, value: value)] = object }
                open = open.filter { holders[$0] == nil }
            }
        }
        return types
    }

    /// The object to name; nil where there is only one. A parent that nobody found is looked for by Salesforce in the first, which says that it is not there.
    func type(of column: MappedColumn, value: String) -> String? {
        found[Key(column: column.name, value: value)] ?? (column.referencesObjects.count > 1 ? column.referencesObjects.first : nil)
    }
}
