import Catalog

/// What another API version changes for one mapping, in the words of Heroku Connect's `schema-diff`. A value without I/O.
struct MappingDifference: Sendable, Hashable {
    /// The mapped object.
    let objectName: String
    /// What differs, field by field, in the order of the configuration.
    let fields: [Field]
    /// Whether the target version has no such object.
    var isObjectRemoved = false
    /// Whether it could not be found out what differs.
    var isUndetermined = false

    /// A mapped field that differs.
    struct Field: Sendable, Hashable {
        let name: String
        let difference: FieldDifference
    }

    var hasChanged: Bool { isObjectRemoved || !fields.isEmpty }
    var isUnsafe: Bool { isObjectRemoved || fields.contains { !$0.difference.isSafe } }

    /// An element of the answer's `mappings`.
    var document: JSONValue {
        [
            "name": .string(objectName), "fields_have_changed": .bool(hasChanged), "has_unsafe_changes": .bool(isUnsafe),
            "action_undetermined": .bool(isUndetermined), "result_message": .string(message),
        ]
    }

    /// Sentences on lines of their own, each with a space behind it, as the service sends them.
    private var message: String {
        if isUndetermined { return "Unable to determine if an action is required." }
        if isObjectRemoved { return "Object removed from Salesforce: \(objectName). " }
        let sentences = [
            sentence("Length increased in Salesforce for", .longer), sentence("Length decreased in Salesforce for", .shorter),
            sentence("Type changed in Salesforce for", .type), sentence("Definition changed in Salesforce for", .definition), removed,
        ].compactMap(\.self)
        return sentences.isEmpty ? "Salesforce field definitions have not changed." : sentences.joined(separator: "\n")
    }

    private func names(_ difference: FieldDifference) -> [String] { fields.filter { $0.difference == difference }.map(\.name) }

    private func sentence(_ beginning: String, _ difference: FieldDifference) -> String? {
        let names = names(difference)
        return names.isEmpty ? nil : "\(beginning) field\(names.count == 1 ? "" : "s"): \(names.joined(separator: ", ")). "
    }

    private var removed: String? {
        let names = names(.removed)
        return names.isEmpty ? nil : "Fields removed from Salesforce: \(names.joined(separator: ", ")). "
    }
}
