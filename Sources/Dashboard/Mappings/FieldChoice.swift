import Catalog
import WebServer

/// One line of the list of fields that can be mapped, made of what the org describes and of what the mapping has.
struct FieldChoice: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// Can be taken or left.
        case free
        /// Always mapped: rows are matched and polled by it.
        case system
        /// Records cannot be made without it.
        case required
        /// A parent's field, reached through a relationship.
        case parent
        /// The org no longer has it.
        case removed
        /// Cannot be mapped, and why.
        case unsupported(String)
    }

    let name: String
    let label: String
    let type: String
    let column: String
    let kind: Kind
    let isChosen: Bool
    /// Whether rows can be matched by it: an External ID that Salesforce keeps unique.
    let isIdentifier: Bool
    let isIndexed: Bool
    let isUniquelyIndexed: Bool

    private static let system: Set<String> = ["id", "systemmodstamp", "isdeleted"]

    /// All lines: the object's fields by name, then parents' fields and removed ones that the mapping has.
    ///
    /// - Parameters:
    ///   - chosen: the fields that are mapped.
    ///   - indexes: as a configuration has them.
    static func list(schema: JSONValue, chosen: [String], indexes: JSONValue) -> [FieldChoice] {
        let members = indexes.members ?? []
        let indexed = Set(members.map { $0.key.lowercased() })
        let unique = Set(members.filter { $0.value["unique"] == true }.map { $0.key.lowercased() })
        let isChosen = Set(chosen.map { $0.lowercased() })
        let described = (schema["fields"]?.elements ?? []).map { field -> FieldChoice in
            let name = field["name"]?.string ?? ""
            let isSystem = system.contains(name.lowercased())
            let reason = field["unmappable_because"]?.string
            let kind: Kind =
                reason.map { .unsupported($0) } ?? (isSystem ? .system : field["required"] == true ? .required : .free)
            return FieldChoice(
                name: name, label: field["label"]?.string ?? "", type: field["type"]?.string ?? "",
                column: field["column_name"]?.string ?? "", kind: kind,
                isChosen: isSystem || isChosen.contains(name.lowercased()),
                isIdentifier: field["externalId"] == true && field["unique"] == true, isIndexed: indexed.contains(name.lowercased()),
                isUniquelyIndexed: unique.contains(name.lowercased()))
        }
        let known = Set(described.map { $0.name.lowercased() })
        let relationships = (schema["fields"]?.elements ?? []).compactMap { $0["relationshipName"]?.string?.lowercased() }
        let others = chosen.filter { !known.contains($0.lowercased()) }.map { name -> FieldChoice in
            let isParent = relationships.contains { relationship in
                [".", "__"].contains { name.lowercased().hasPrefix(relationship + $0) }
            }
            return FieldChoice(
                name: name, label: isParent ? "of a parent" : "the org has no such field any more", type: "",
                column: SalesforceName.column(ofField: name), kind: isParent ? .parent : .removed, isChosen: true, isIdentifier: false,
                isIndexed: indexed.contains(name.lowercased()),
                isUniquelyIndexed: unique.contains(name.lowercased()))
        }
        return described.sorted { $0.name.lowercased() < $1.name.lowercased() } + others
    }
}
