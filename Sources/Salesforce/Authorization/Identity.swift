internal import ForeignText
internal import FoundationEssentials

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
    /// All that the org says of the user, JSON text: clients of Heroku Connect read it as `user_info`.
    public let document: String

    /// Reads the document; names are cut to what people read.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func name(_ key: CodingKeys) throws -> String? {
            try container.decodeIfPresent(String.self, forKey: key).map { String(foreign: $0, limit: 255) }
        }
        userID = try container.decode(String.self, forKey: .userID)
        organizationID = try container.decode(String.self, forKey: .organizationID)
        username = String(foreign: try container.decode(String.self, forKey: .username), limit: 255)
        displayName = try name(.displayName)
        email = try name(.email)
        document = String(decoding: try JSONEncoder().encode(AnyDocument(from: decoder)), as: UTF8.self)
    }

    /// Writes the whole document, not only what is read here.
    public func encode(to encoder: any Encoder) throws {
        try JSONDecoder().decode(AnyDocument.self, from: Data(document.utf8)).encode(to: encoder)
    }

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case organizationID = "organization_id"
        case username
        case displayName = "display_name"
        case email
    }
}
