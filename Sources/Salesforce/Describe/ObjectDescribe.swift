/// What the org says about one object: the keys that a mapping needs.
public struct ObjectDescribe: Sendable, Hashable, Codable {
    /// API name.
    public let name: String
    /// Label.
    public let label: String
    /// First three characters of the ids of its records; some objects have none.
    public let keyPrefix: String?
    /// Whether it is a custom object.
    public let custom: Bool
    /// Whether records can be created.
    public let createable: Bool
    /// Whether records can be changed.
    public let updateable: Bool
    /// Whether records can be deleted.
    public let deletable: Bool
    /// Whether SOQL can read it.
    public let queryable: Bool
    /// Whether getUpdated and getDeleted know it.
    public let replicateable: Bool
    /// Whether it is on its way out.
    public let deprecatedAndHidden: Bool
    /// The fields that the integration user may see.
    public let fields: [FieldDescribe]

    /// The field of that name, without regard to case.
    public func field(_ name: String) -> FieldDescribe? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }
    }
}
