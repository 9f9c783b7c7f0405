/// What a user's profile lets it do with everybody's records, which Heroku Connect tells as `profile_perms`.
public struct ProfilePermissions: Sendable, Hashable {
    /// The profile's id.
    public let profileID: String
    /// Whether each permission is given, by its name in the API.
    public let granted: [String: Bool]

    /// The permissions, in the order in which Heroku Connect tells them.
    public static let names = ["PermissionsModifyAllData", "PermissionsViewAllData", "PermissionsViewAllUsers"]
}

extension SalesforceClient {
    /// What the profile of a user gives; nil when the org has no such user or none with a profile.
    ///
    /// - Throws: `SalesforceError`, also when the session may not see profiles.
    public func profilePermissions(of user: SalesforceID) async throws -> ProfilePermissions? {
        let fields = ["ProfileId"] + ProfilePermissions.names.map { "Profile.\($0)" }
        let page = try await query(SOQL.select(fields, from: "User") + " WHERE Id = " + SOQL.literal(user))
        var found: ProfilePermissions?
        var scanner = QueryPageScanner(fields: fields)
        try scanner.scan(page) { record in
            guard let profile = record.string(0) else { return }
            let granted = ProfilePermissions.names.enumerated().map { ($1, record.string($0 + 1) == "true") }
            found = ProfilePermissions(profileID: profile, granted: Dictionary(uniqueKeysWithValues: granted))
        }
        return found
    }
}
