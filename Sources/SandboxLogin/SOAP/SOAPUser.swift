import SandboxBytes
import SandboxData
import SandboxStore

/// What a login tells of the user, as whom every client acts, and of the org.
struct SOAPUser: Sendable {
    private let schema: OrgSchema
    private let snapshot: OrgSnapshot
    private let sessionSeconds: Int

    init(org: Org, sessionSeconds: Int) {
        snapshot = org.snapshot()
        schema = snapshot.schema
        self.sessionSeconds = sessionSeconds
    }

    var id: String { schema.text(of: RecordID(object: schema.object("User")?.index ?? 0, row: 0)) }

    var isInSandbox: Bool { value("Organization", "IsSandbox") == .bool(true) }

    /// Of the object's first record; null in a schema that does not have it.
    private func value(_ object: String, _ field: String) -> Value {
        guard let object = schema.object(object), let field = object.field(field), snapshot.stores[object.index].count > 0 else {
            return .null
        }
        return snapshot.value(RecordID(object: object.index, row: 0), field)
    }

    private func reference(_ field: String) -> String? {
        guard case .ref(let id) = value("User", field) else { return nil }
        return schema.text(of: id)
    }

    func write(_ xml: inout XMLWriter) {
        xml.element("accessibilityMode", false)
        xml.element("chatterExternal", false)
        xml.element("currencySymbol", "$")
        xml.element("orgAttachmentFileSizeLimit", "5242880")
        xml.element("orgDefaultCurrencyIsoCode", "USD")
        xml.element("orgDefaultCurrencyLocale", "en_US")
        xml.element("orgDisallowHtmlAttachments", false)
        xml.element("orgHasPersonAccounts", false)
        xml.element("organizationId", SandboxCredentials.organizationID)
        xml.element("organizationMultiCurrency", false)
        if case .text(let name) = value("Organization", "Name") {
            xml.element("organizationName", name)
        } else {
            xml.element("organizationName", "Sandbox Org")
        }
        xml.element("profileId", reference("ProfileId") ?? RecordIDText.text(prefix: Array("00e".utf8), number: 1))
        if let role = reference("UserRoleId") { xml.element("roleId", role) } else { xml.nilElement("roleId") }
        xml.element("sessionSecondsValid", String(sessionSeconds))
        xml.nilElement("userDefaultCurrencyIsoCode")
        xml.element("userEmail", SandboxCredentials.username)
        xml.element("userFullName", "Sandbox Admin")
        xml.element("userId", id)
        xml.element("userLanguage", "en_US")
        xml.element("userLocale", "en_US")
        xml.element("userName", SandboxCredentials.username)
        xml.element("userTimeZone", "GMT")
        xml.element("userType", "Standard")
        xml.element("userUiSkin", "Theme3")
    }
}
