import Foundation
import Testing

@testable import SandboxOrg

@Suite("API versions that are gone")
struct RetiredVersionTests {
    @Test("answer 410 GONE by REST, a fault by SOAP and InvalidVersion by Bulk 1.0", arguments: [30, 40])
    func retired(version: Int) async throws {
        try await TestOrg.with { org in
            #expect(try await org.call("POST", "/sandbox/faults", body: #"{"oldest_version":41}"#).status == 200)
            let rest = try await org.get("/services/data/v\(version).0/sobjects")
            #expect(rest.status == 410 && rest.errorCode == "GONE")
            let soap = try await org.call(
                "POST", "/services/Soap/u/\(version).0", headers: ["Content-Type": "text/xml", "SOAPAction": "login"], body: Self.login)
            #expect(soap.status == 500 && soap.text.contains("UNSUPPORTED_API_VERSION"))
            let bulk = try await org.call("POST", "/services/async/\(version).0/job", headers: ["X-SFDC-Session": org.token], body: "{}")
            #expect(bulk.status == 400 && bulk.text.contains("InvalidVersion"))
            #expect(try await org.get("/services/data/v41.0/sobjects").status == 200)
            #expect(try await org.get("/services/data/v99.0/sobjects").status == 404)
            let listed = try await org.get("/services/data").text
            #expect(listed.contains("v41.0") && !listed.contains("v40.0"))
        }
    }

    private static let login = """
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com"><soapenv:Body>
        <urn:login><urn:username>admin@sandbox.example</urn:username><urn:password>sandbox-password</urn:password></urn:login>
        </soapenv:Body></soapenv:Envelope>
        """

    @Test("login() by SOAP is there up to version 64 and not from 65 on", arguments: [64, 65, 67])
    func login(version: Int) async throws {
        try await TestOrg.with { org in
            let answer = try await org.call(
                "POST", "/services/Soap/u/\(version).0", headers: ["Content-Type": "text/xml", "SOAPAction": "login"], body: Self.login)
            #expect(answer.status == (version <= 64 ? 200 : 500))
            #expect(answer.text.contains("<sessionId>") == (version <= 64))
            if version > 64 { #expect(answer.text.contains("No operation available for request")) }
        }
    }

    @Test("resultPages of a bulk query is there from version 58 on", arguments: [57, 58])
    func resultPages(version: Int) async throws {
        try await TestOrg.with { org in
            let base = "/services/data/v\(version).0/jobs/query"
            let made = try await org.call("POST", base, body: #"{"operation":"query","query":"SELECT Id FROM Account"}"#)
            let id = try #require(made.object["id"] as? String)
            #expect(try await org.get("\(base)/\(id)/resultPages").status == (version < 58 ? 404 : 200))
        }
    }

    @Test("a Basic header is told apart from an expired session")
    func basic() async throws {
        try await TestOrg.with { org in
            let answer = try await org.get("/sobjects", headers: ["Authorization": "Basic eDp5"])
            #expect(answer.status == 401 && answer.errorCode == "INVALID_AUTH_HEADER" && answer.errorMessage == "INVALID_HEADER_TYPE")
        }
    }
}
