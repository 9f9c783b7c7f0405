/// What describe says of an object where it differs from most; each member bears the name of describe's own.
struct ObjectFlags: Codable, Sendable {
    var compactLayoutable: Bool?
    var createable: Bool?
    var customSetting: Bool?
    var deepCloneable: Bool?
    var deletable: Bool?
    var feedEnabled: Bool?
    var layoutable: Bool?
    var mergeable: Bool?
    var mruEnabled: Bool?
    var queryable: Bool?
    var replicateable: Bool?
    var retrieveable: Bool?
    var searchLayoutable: Bool?
    var searchable: Bool?
    var triggerable: Bool?
    var undeletable: Bool?
    var updateable: Bool?
    /// Whether there are record types, the master one among them.
    var recordTypes: Bool?
}
