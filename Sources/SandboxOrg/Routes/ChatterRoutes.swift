import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// `/chatter/users/me`, which tools ask to find out who they are. There is nothing else of Chatter.
struct ChatterRoutes: Sendable {
    let org: Org
    let instanceURL: @Sendable () -> String

    func respond(_ call: APICall) throws(OrgError) -> Reply {
        switch (call.count, call.word(1)) {
        case (1, _):
            var json = JSONWriter()
            json.object { $0.field("users", "\(call.base)/chatter/users") }
            return .json(json)
        case (3, "users"): return try user(call)
        default: throw .notFound
        }
    }

    private func user(_ call: APICall) throws(OrgError) -> Reply {
        guard let users = org.schema.object("User") else { throw .notFound }
        var row = call.user
        if call.word(2) != "me" {
            guard let id = org.schema.recordID(call.segment(2)), id.object == users.index, org.read({ $0.tables[id.object].isLive(id.row) })
            else { throw .notFound }
            row = id.row
        }
        let store = org.snapshot().stores[users.index]
        func text(_ name: String) -> String? {
            guard let field = users.field(name), case .text(let text) = store.value(row, field) else { return nil }
            return text
        }
        let id = org.schema.text(of: RecordID(object: users.index, row: row))
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.field("aboutMe", text("AboutMe"))
            address(&json, text)
            json.fieldNull("bannerPhoto")
            activity(&json)
            json.field("communityNickname", text("CommunityNickname"))
            json.field("companyName", text("CompanyName"))
            json.field("displayName", text("Name"))
            json.field("email", text("Email"))
            json.field("firstName", text("FirstName"))
            json.field("followersCount", 0)
            json.fieldObject("followingCounts") { json in
                for name in ["people", "records", "total"] { json.field(name, 0) }
            }
            json.field("groupCount", 0)
            json.field("hasChatter", true)
            json.field("id", id)
            json.field("isActive", true)
            json.field("isInThisCommunity", true)
            json.field("lastName", text("LastName"))
            json.fieldNull("managerId")
            json.fieldNull("managerName")
            motif(&json)
            json.fieldNull("mySubscription")
            json.field("name", text("Name"))
            json.fieldNull("outOfOffice")
            json.fieldArray("phoneNumbers") { json in
                guard let phone = text("Phone") else { return }
                json.object { json in
                    json.field("label", "Work")
                    json.field("phoneNumber", phone)
                    json.field("phoneType", "Work")
                    json.field("type", "Work")
                }
            }
            photo(&json, call, id)
            json.fieldNull("reputation")
            json.fieldNull("thanksReceived")
            json.field("title", text("Title"))
            json.field("type", "User")
            json.field("url", "\(call.base)/chatter/users/\(id)")
            json.field("userType", "Internal")
            json.field("username", text("Username"))
        }
        return .json(json)
    }

    private func address(_ json: inout JSONWriter, _ text: (String) -> String?) {
        json.fieldObject("address") { json in
            json.field("city", text("City"))
            json.field("country", text("Country"))
            json.field("formattedAddress", "")
            json.field("state", text("State"))
            json.field("street", text("Street"))
            json.field("zip", text("PostalCode"))
        }
    }

    private func activity(_ json: inout JSONWriter) {
        json.fieldObject("chatterActivity") { json in
            for name in ["commentCount", "commentReceivedCount", "likeReceivedCount", "postCount"] { json.field(name, 0) }
        }
        json.fieldObject("chatterInfluence") { json in
            json.field("percentile", "0.0")
            json.field("rank", 0)
        }
    }

    private func motif(_ json: inout JSONWriter) {
        json.fieldObject("motif") { json in
            json.field("color", "34BECD")
            json.field("largeIconUrl", "/img/icon/profile64.png")
            json.field("mediumIconUrl", "/img/icon/profile32.png")
            json.field("smallIconUrl", "/img/icon/profile16.png")
            json.fieldNull("svgIconUrl")
        }
    }

    private func photo(_ json: inout JSONWriter, _ call: APICall, _ id: String) {
        let base = "\(instanceURL())/profilephoto/005"
        json.fieldObject("photo") { json in
            json.field("fullEmailPhotoUrl", "\(base)/F")
            json.field("largePhotoUrl", "\(base)/F")
            json.fieldNull("photoVersionId")
            json.field("smallPhotoUrl", "\(base)/T")
            json.field("standardEmailPhotoUrl", "\(base)/T")
            json.field("url", "\(call.base)/chatter/users/\(id)/photo")
        }
    }
}
