import HTTPTypes
import SandboxBytes
package import SandboxHTTP
package import SandboxStore

/// `/services/Soap/u` and `/services/Soap/c`: as much of the SOAP API as clients of the other APIs need to log in and out.
package struct SOAPRoutes: Sendable {
    package let org: Org
    package let sessions: Sessions
    package let clock: @Sendable () -> Int64
    package let instanceURL: @Sendable () -> String
    /// Life of an unused session.
    package let sessionSeconds: Int
    package let faults: BulkFaults

    package init(
        org: Org, sessions: Sessions, clock: @escaping @Sendable () -> Int64, instanceURL: @escaping @Sendable () -> String,
        sessionSeconds: Int, faults: BulkFaults
    ) {
        self.org = org
        self.sessions = sessions
        self.clock = clock
        self.instanceURL = instanceURL
        self.sessionSeconds = sessionSeconds
        self.faults = faults
    }

    /// From the next one on clients have to log in by OAuth.
    private static let lastVersionWithLogin = 64
    private static let namespaces = " xmlns:soapenv=\"\(XMLNames.envelope)\""

    package func respond(_ call: Call) -> Reply {
        guard let api = SOAPAPI(rawValue: call.word(2)), let version = APIVersions.parse("v" + call.word(3)),
            version <= APIVersions.range.upperBound
        else { return OrgError.notFound.reply }
        guard call.method == .post else { return OrgError.wrongMethod(call.method, allowed: "POST").reply }
        do throws(SOAPFault) {
            guard version >= max(APIVersions.range.lowerBound, faults.settings.oldestVersion) else { throw .retiredVersion(version) }
            return try answer(SOAPCall(call.body), api, version)
        } catch {
            return error.reply(api)
        }
    }

    private func answer(_ call: SOAPCall, _ api: SOAPAPI, _ version: Int) throws(SOAPFault) -> Reply {
        let operation = call.operation
        guard operation.namespace == api.namespace else { throw unknown(operation) }
        switch operation.name {
        case "login" where version <= Self.lastVersionWithLogin: return try login(call, api, version)
        case "logout":
            let session = try session(call)
            return reply("logout", api) { _ in sessions.end(session) }
        case "getServerTimestamp":
            _ = try session(call)
            let now = clock()
            return reply("getServerTimestamp", api) { xml in
                xml.element("result") { $0.element("timestamp", CivilTime.zuluText(now)) }
            }
        case "getUserInfo":
            _ = try session(call)
            let user = user
            return reply("getUserInfo", api) { xml in xml.element("result") { user.write(&$0) } }
        default: throw unknown(operation)
        }
    }

    private var user: SOAPUser { SOAPUser(org: org, sessionSeconds: sessionSeconds) }

    private func unknown(_ operation: XMLElement) -> SOAPFault {
        .client(
            "No operation available for request {\(operation.namespace)}\(operation.name), please check the WSDL for the service.")
    }

    private func session(_ call: SOAPCall) throws(SOAPFault) -> String {
        guard let session = call.sessionID, sessions.use(session) else { throw .session }
        return session
    }

    private func reply(_ operation: String, _ api: SOAPAPI, _ write: (inout XMLWriter) -> Void) -> Reply {
        var xml = XMLWriter(isIndented: false, capacity: 4096)
        let attributes = "\(Self.namespaces) xmlns=\"\(api.namespace)\" xmlns:xsi=\"\(XMLNames.instance)\""
        xml.element("soapenv:Envelope", attributes: attributes) { xml in
            xml.element("soapenv:Body") { xml in xml.element("\(operation)Response", write) }
        }
        return .xml(xml, type: SOAPAPI.mediaType)
    }

    /// The org trusts every address, so that the password needs no security token behind it; and there is none.
    private func login(_ call: SOAPCall, _ api: SOAPAPI, _ version: Int) throws(SOAPFault) -> Reply {
        guard call.text("username").lowercased() == SandboxCredentials.username, call.text("password") == SandboxCredentials.password
        else { throw .login }
        let (base, organization) = (instanceURL(), SandboxCredentials.organizationID.prefix(15))
        let session = sessions.open()
        let user = user
        return reply("login", api) { xml in
            xml.element("result") { xml in
                xml.element("metadataServerUrl", "\(base)/services/Soap/m/\(version).0/\(organization)")
                xml.element("passwordExpired", false)
                xml.element("sandbox", user.isInSandbox)
                xml.element("serverUrl", "\(base)/services/Soap/\(api.rawValue)/\(version).0/\(organization)")
                xml.element("sessionId", session)
                xml.element("userId", user.id)
                xml.element("userInfo") { user.write(&$0) }
            }
        }
    }
}
