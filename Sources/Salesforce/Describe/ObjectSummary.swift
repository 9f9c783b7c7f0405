/// One object as the global describe lists it.
public struct ObjectSummary: Sendable, Hashable, Codable {
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
    /// Whether it is a custom setting.
    public let customSetting: Bool?
    /// Whether triggers, and so change events, are possible.
    public let triggerable: Bool?
}

struct GlobalDescribe: Decodable {
    let sobjects: [ObjectSummary]
}
