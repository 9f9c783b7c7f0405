/// What describe says of an object where it differs from most; each member bears the name of describe's own.
package struct ObjectFlags: Codable, Sendable {
    package var compactLayoutable: Bool?
    package var createable: Bool?
    package var customSetting: Bool?
    package var deepCloneable: Bool?
    package var deletable: Bool?
    package var feedEnabled: Bool?
    package var layoutable: Bool?
    package var mergeable: Bool?
    package var mruEnabled: Bool?
    package var queryable: Bool?
    package var replicateable: Bool?
    package var retrieveable: Bool?
    package var searchLayoutable: Bool?
    package var searchable: Bool?
    package var triggerable: Bool?
    package var undeletable: Bool?
    package var updateable: Bool?
    /// Whether there are record types, the master one among them.
    package var recordTypes: Bool?
}
