/// The identity document: whom the session acts as.
public struct Identity: Sendable, Hashable, Codable {
    /// The user's id.
    public let userID: String
    /// The organization's id.
    public let organizationID: String
    /// The user's log-in name.
    public let username: String
    /// The user's name.
    public let displayName: String?
    /// The user's e-mail address.
    public let email: String?

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case organizationID = "organization_id"
        case username
        case displayName = "display_name"
        case email
    }
}
