import Catalog
import Foundation
import Salesforce
import SandboxOrg
import Testing

@Suite("What a connection is after a sign-in", .timeLimit(.minutes(20)))
struct AuthorizedConnectionTests {
    @Test(
        "a new connection speaks the newest API version that both know; one that was authorized keeps its own; a named one must be served")
    func versions() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            #expect(connection.apiVersion == "60.0")
            _ = try await world.arrive(world.consent(world.begin(connection)))
            let newest = try await world.stored(connection).apiVersion
            #expect(newest == "\(SalesforceVersions.newestKnown).0")
            _ = try await world.arrive(world.consent(world.begin(connection, #","api_version":"58.0""#)))
            #expect(try await world.stored(connection).apiVersion == "58.0")
            _ = try await world.arrive(world.consent(world.begin(connection)))
            #expect(try await world.stored(connection).apiVersion == "58.0")
            let refused = try await world.arrive(world.consent(world.begin(connection, #","api_version":"999.0""#)))
            #expect(refused.status == 400 && refused.text.contains("999.0 is not among them"), "\(refused.text)")
            #expect(try await world.stored(connection).apiVersion == "58.0")
        }
    }

    @Test("user_info has the identity document whole, and of the profile what Heroku Connect tells, as texts")
    func userInfo() async throws {
        try await SignInWorld.with { world in
            let connection = try await world.connection()
            _ = try await world.arrive(world.consent(world.begin(connection)))
            let info = try await world.server.get("/api/v3/connections/\(connection.id.text)").json["user_info"]
            #expect(info?["username"] == "admin@sandbox.example" && info?["urls"]?["custom_domain"]?.string == world.org.url)
            let profile = info?["profile_perms"]
            #expect(profile?["type"] == "Profile" && profile?["Id"]?.string?.hasPrefix("00e") == true)
            #expect(profile?.keys == ["type", "Id", "PermissionsModifyAllData", "PermissionsViewAllData", "PermissionsViewAllUsers"])
            #expect(profile?["PermissionsModifyAllData"] == "true" && profile?["PermissionsViewAllUsers"] == "true")
        }
    }
}
