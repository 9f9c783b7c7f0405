import Salesforce

/// A field of a mapping's configuration, found in what the org says.
enum MappedField: Sendable, Hashable {
    /// A field of the object itself.
    case own(FieldDescribe)
    /// A field of a parent, reached through a relationship.
    case parent(FieldDescribe, of: String)
    /// Neither.
    case missing(String)

    /// The field, wherever it is.
    var field: FieldDescribe? {
        switch self {
        case .own(let field), .parent(let field, _): field
        case .missing: nil
        }
    }

    /// Finds a field as configurations spell it: by its name, as `Account__r.External_Id__c`, or as Heroku Connect's exports have it, with
    /// underscores: `Account__External_Id__c`, `Project__r__External_Id__c`. A field of that very name wins.
    ///
    /// - Parameter describe: describes a parent; nil when the org has none of that name.
    static func find(
        _ name: String, in object: ObjectDescribe, describe: (String) async throws -> ObjectDescribe?
    ) async throws -> MappedField {
        if let field = object.field(name) { return .own(field) }
        for lookup in object.fields {
            guard let relationship = lookup.relationshipName, let rest = rest(of: name, after: relationship) else { continue }
            for parent in lookup.referenceTo {
                guard let found = try await describe(parent) else { continue }
                if let field = found.field(rest) { return .parent(field, of: found.name) }
            }
        }
        return .missing(name)
    }

    private static func rest(of name: String, after relationship: String) -> String? {
        for separator in [".", "__"] {
            let prefix = (relationship + separator).lowercased()
            if name.lowercased().hasPrefix(prefix), name.utf8.count > prefix.utf8.count { return String(name.dropFirst(prefix.count)) }
        }
        return nil
    }
}
