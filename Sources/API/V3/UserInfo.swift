import Catalog
import WebServer

/// `user_info`: Salesforce's identity document of the integration user as it came, with every key that clients know. What the org did not tell is null.
enum UserInfo {
    private static let keys = [
        "id", "asserted_user", "user_id", "organization_id", "username", "nick_name", "display_name", "email", "email_verified",
        "first_name",
        "last_name", "timezone", "photos", "addr_street", "addr_city", "addr_state", "addr_country", "addr_zip", "mobile_phone",
        "mobile_phone_verified", "is_lightning_login_user", "status", "urls", "active", "user_type", "language", "locale", "utcOffset",
        "last_modified_date", "profile_perms",
    ]

    /// - Parameter stored: the identity document, JSON text; nil before the first authorization, of which nothing is known.
    static func document(_ stored: String?) -> JSONValue {
        guard let stored, let document = try? JSONValue(parsing: stored) else { return [:] }
        let known = Set(keys)
        return .object(
            keys.map { .init($0, document[$0] ?? .null) } + (document.members ?? []).filter { !known.contains($0.key) })
    }
}
