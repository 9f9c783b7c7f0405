import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg
@testable import SandboxStore

@Suite("SOAP")
struct SOAPTests {
    private func call(_ org: TestOrg, _ body: String, _ path: String = "/services/Soap/u/59.0") async throws -> Answer {
        try await TestOrg.request(
            "POST", org.server.url + path, headers: ["Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "login"], body: body)
    }

    /// As simple-salesforce writes it.
    private func login(_ username: String, _ password: String) -> String {
        """
        <?xml version="1.0" encoding="utf-8" ?>
        <env:Envelope xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"
                xmlns:urn="urn:partner.soap.sforce.com">
            <env:Header><urn:CallOptions><urn:client>RestForce</urn:client></urn:CallOptions></env:Header>
            <env:Body>
                <n1:login xmlns:n1="urn:partner.soap.sforce.com">
                    <n1:username>\(username)</n1:username>
                    <n1:password>\(password)</n1:password>
                </n1:login>
            </env:Body>
        </env:Envelope>
        """
    }

    private func plain(_ operation: String, session: String, namespace: String = XMLNames.partner) -> String {
        """
        <Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Header><SessionHeader xmlns="\(namespace)"><sessionId>\(session)</sessionId>\
        </SessionHeader></Header><Body><\(operation) xmlns="\(namespace)"/></Body></Envelope>
        """
    }

    @Test("a login answers a session that is good everywhere, with all that is known of the user")
    func login() async throws {
        try await TestOrg.with { org in
            let answer = try await call(org, login("Admin@sandbox.example", "sandbox&#45;<![CDATA[password]]><!-- no token -->"))
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/xml;charset=UTF-8")
            let session = try #require(AsyncClient.element("sessionId", answer.text))
            #expect(session.hasPrefix("\(SandboxCredentials.organizationID.prefix(15))!"))
            let user = "005Sb0000000001AAA"
            let golden = """
                <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
                xmlns="urn:partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><loginResponse>\
                <result><metadataServerUrl>\(org.server.url)/services/Soap/m/59.0/00DSb0000000001</metadataServerUrl>\
                <passwordExpired>false</passwordExpired><sandbox>true</sandbox>\
                <serverUrl>\(org.server.url)/services/Soap/u/59.0/00DSb0000000001</serverUrl><sessionId>\(session)</sessionId>\
                <userId>\(user)</userId><userInfo><accessibilityMode>false</accessibilityMode><chatterExternal>false</chatterExternal>\
                <currencySymbol>$</currencySymbol><orgAttachmentFileSizeLimit>5242880</orgAttachmentFileSizeLimit>\
                <orgDefaultCurrencyIsoCode>USD</orgDefaultCurrencyIsoCode><orgDefaultCurrencyLocale>en_US</orgDefaultCurrencyLocale>\
                <orgDisallowHtmlAttachments>false</orgDisallowHtmlAttachments><orgHasPersonAccounts>false</orgHasPersonAccounts>\
                <organizationId>\(SandboxCredentials.organizationID)</organizationId>\
                <organizationMultiCurrency>false</organizationMultiCurrency><organizationName>Sandbox Org</organizationName>\
                <profileId>00eSb0000000001AAA</profileId><roleId>00ESb0000000001AAA</roleId><sessionSecondsValid>7200</sessionSecondsValid>\
                <userDefaultCurrencyIsoCode xsi:nil="true"/><userEmail>admin@sandbox.example</userEmail>\
                <userFullName>Sandbox Admin</userFullName><userId>\(user)</userId><userLanguage>en_US</userLanguage>\
                <userLocale>en_US</userLocale><userName>admin@sandbox.example</userName><userTimeZone>GMT</userTimeZone>\
                <userType>Standard</userType><userUiSkin>Theme3</userUiSkin></userInfo></result></loginResponse></soapenv:Body>\
                </soapenv:Envelope>
                """
            // The ids' suffixes follow from their letters.
            func bare(_ text: String) -> String { text.replacing(#/(00[5eE]Sb0000000001)[A-Z0-5]{3}/#) { "\($0.output.1)…" } }
            #expect(bare(answer.text) == bare(golden))
            let other = TestOrg(server: org.server, token: session)
            #expect(try await other.get("/limits").status == 200)
            #expect(
                try await AsyncClient(org: other).call("POST", "/job", body: #"{"operation":"query","object":"Account"}"#).status == 201)
            #expect(try await other.get("/sandbox/stats").object["requests"] != nil)
        }
    }

    @Test(
        "a wrong name or password is a fault, in the words that clients look for",
        arguments: [
            ("admin@sandbox.example", "wrong"), ("nobody", "sandbox-password"), ("admin@sandbox.example", "sandbox-passwordTOKEN"),
            ("", ""),
        ])
    func wrong(username: String, password: String) async throws {
        try await TestOrg.with { org in
            let answer = try await call(org, login(username, password))
            #expect(answer.status == 500)
            #expect(answer.headers["content-type"] == "text/xml;charset=UTF-8")
            #expect(
                answer.text == """
                    <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
                    xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault><faultcode>sf:INVALID_LOGIN</faultcode>\
                    <faultstring>INVALID_LOGIN: Invalid username, password, security token; or user locked out.</faultstring><detail>\
                    <sf:LoginFault xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="sf:LoginFault">\
                    <sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>\
                    <sf:exceptionMessage>Invalid username, password, security token; or user locked out.</sf:exceptionMessage>\
                    </sf:LoginFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>
                    """)
        }
    }

    @Test("the session tells the time and the user, until it is logged out")
    func session() async throws {
        try await TestOrg.with { org in
            let time = try await call(org, plain("getServerTimestamp", session: org.token))
            #expect(AsyncClient.element("timestamp", time.text)?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z/#) != nil)
            let user = try await call(
                org, plain("getUserInfo", session: org.token, namespace: XMLNames.enterprise), "/services/Soap/c/59.0/00DSb0000000001")
            #expect(user.text.contains("<getUserInfoResponse><result><accessibilityMode>"))
            #expect(user.text.contains("xmlns=\"urn:enterprise.soap.sforce.com\""))
            let logout = try await call(org, plain("logout", session: org.token))
            #expect(logout.status == 200)
            #expect(logout.text.contains("<logoutResponse></logoutResponse>"))
            #expect(try await org.get("/limits").status == 401)
            let again = try await call(org, plain("logout", session: org.token))
            #expect(again.status == 500)
            #expect(again.text.contains("<faultcode>sf:INVALID_SESSION_ID</faultcode>"))
        }
    }

    @Test(
        "what is no call of the API is a fault of the client",
        arguments: [
            ("", "Premature end of file"), ("<a", "The document ends inside a tag"), ("<a/>", "Found 'a' where an Envelope"),
            ("<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'/>", "The Envelope has no Body"),
            ("<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body/></e:Envelope>", "The Body has no operation"),
            (
                "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><merge xmlns='urn:partner.soap.sforce.com'/></e:Body></e:Envelope>",
                "No operation available for request {urn:partner.soap.sforce.com}merge, please check the WSDL for the service."
            ),
            (
                "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><login xmlns='urn:x'/></e:Body></e:Envelope>",
                "No operation available for request {urn:x}login"
            ),
        ])
    func malformed(body: String, message: String) async throws {
        try await TestOrg.with { org in
            let answer = try await call(org, body)
            #expect(answer.status == 500)
            #expect(answer.text.contains("<faultcode>soapenv:Client</faultcode>"))
            #expect(AsyncClient.element("faultstring", answer.text)?.hasPrefix(message) ?? false, "\(answer.text)")
        }
    }

    @Test("an error on the wire is a fault")
    func trouble() async throws {
        try await TestOrg.with { org in
            let trouble = #"{"kind":"status","status":503,"path_prefix":"/services/Soap"}"#
            #expect(try await org.call("POST", "/sandbox/trouble", body: trouble).status < 300)
            let answer = try await call(org, login("a", "b"))
            #expect(answer.status == 503)
            #expect(AsyncClient.element("sf:exceptionCode", answer.text) == "SERVER_UNAVAILABLE")
        }
    }

    @Test("there is no other SOAP API, and none to read")
    func strays() async throws {
        try await TestOrg.with { org in
            let metadata = try await call(org, login("a", "b"), "/services/Soap/m/59.0")
            #expect(metadata.status == 404)
            #expect(try await call(org, login("a", "b"), "/services/Soap/u/99.0").status == 404)
            #expect(try await org.get("/services/Soap/u/59.0").status == 405)
        }
    }
}
