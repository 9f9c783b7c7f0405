import HTTPTypes
package import SandboxBytes
import SandboxData
package import SandboxHTTP
import SandboxStore

/// The identity URL, and what it shares with userinfo.
extension OAuthRoutes {
    package func identity(_ call: Call) -> Reply {
        guard isKnown(call) else { return .text("Bad_OAuth_Token", type: "text/plain", status: .forbidden) }
        guard call.segments.count == 3, call.segments[1] == SandboxCredentials.organizationID,
            call.segments[2] == org.schema.text(of: user)
        else { return .text("Bad_Id", type: "text/plain", status: .notFound) }
        var json = JSONWriter()
        json.object { json in
            json.field("id", identityURL)
            json.field("asserted_user", true)
            json.field("user_id", org.schema.text(of: user))
            json.field("organization_id", SandboxCredentials.organizationID)
            json.field("username", SandboxCredentials.username)
            json.field("nick_name", "admin")
            json.field("display_name", "Sandbox Admin")
            json.field("email", SandboxCredentials.username)
            json.field("email_verified", true)
            json.field("first_name", "Sandbox")
            json.field("last_name", "Admin")
            json.field("timezone", "GMT")
            photos(&json)
            for name in ["addr_street", "addr_city", "addr_state"] { json.fieldNull(name) }
            json.field("addr_country", "US")
            json.fieldNull("addr_zip")
            json.fieldNull("mobile_phone")
            json.field("mobile_phone_verified", false)
            json.fieldObject("status") { json in
                json.fieldNull("created_date")
                json.fieldNull("body")
            }
            urls(&json)
            json.field("active", true)
            json.field("user_type", "STANDARD")
            json.field("language", "en_US")
            json.field("locale", "en_US")
            json.field("utcOffset", 0)
            json.field("last_modified_date", CivilTime.restText(GeneratedTimes.base))
            json.field("is_app_installed", true)
        }
        return .json(json)
    }

    func photos(_ json: inout JSONWriter) {
        json.fieldObject("photos") { json in
            json.field("picture", "\(instanceURL())/profilephoto/005/F")
            json.field("thumbnail", "\(instanceURL())/profilephoto/005/T")
        }
    }

    /// `{version}` is for the client to fill in.
    package func urls(_ json: inout JSONWriter) {
        let base = instanceURL()
        let organization = SandboxCredentials.organizationID.prefix(15)
        json.fieldObject("urls") { json in
            for (name, letter) in [("enterprise", "c"), ("metadata", "m"), ("partner", "u")] {
                json.field(name, "\(base)/services/Soap/\(letter)/{version}/\(organization)")
            }
            json.field("rest", "\(base)/services/data/v{version}/")
            for name in ["sobjects", "search", "query", "recent"] { json.field(name, "\(base)/services/data/v{version}/\(name)/") }
            json.field("tooling_soap", "\(base)/services/Soap/T/{version}/\(organization)")
            json.field("tooling_rest", "\(base)/services/data/v{version}/tooling/")
            json.field("profile", "\(base)/\(org.schema.text(of: user))")
            for name in ["feeds", "groups", "users", "feed-items"] {
                json.field(name.replacing("-", with: "_"), "\(base)/services/data/v{version}/chatter/\(name)")
            }
            json.field("custom_domain", base)
        }
    }
}
