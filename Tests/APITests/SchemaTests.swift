import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import Testing

@Suite("Schemas of objects")
struct SchemaTests {
    private static let document = #"{"name":"Contact","fields":[{"name":"LastName","required":true}]}"#

    @Test("each mapping's schema_url answers: 202 with the job while no worker has asked the org, then 200 with the document")
    func known() async throws {
        try await Server.with(patience: .milliseconds(50)) { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection, "Contact")
            let url = try #require(try await server.get("/api/v3/mappings/\(mapping.id.text)").json["schema_url"]?.string)
            let path = try #require(URLComponents(string: url)?.path)
            let pending = try await server.get(path)
            #expect(pending.status == 202)
            #expect(pending.headers[.retryAfter] == "2")
            let job = try await server.get(try #require(pending.headers[.location])).json
            #expect(job["kind"] == "describe")
            #expect(try await server.get(path).headers[.location] == pending.headers[.location])
            try await server.store.storeDescribe(
                connection.id, object: "Contact", apiVersion: connection.apiVersion, document: Self.document)
            let answer = try await server.get(path)
            #expect(answer.status == 200)
            #expect(answer.json["fields"] == [["name": "LastName", "required": true]])
            #expect(answer.json["api_version"]?.string == connection.apiVersion)
            #expect(answer.json["described_at"]?.string?.hasSuffix("Z") == true)
            #expect(try await server.get(path.replacing("Contact", with: "CONTACT")).status == 200)
        }
    }

    @Test("an object that the org does not have is told from one that nobody has asked about")
    func missing() async throws {
        try await Server.with(patience: .milliseconds(50)) { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/schemas/"
            try await server.store.storeDescribe(connection.id, object: "Nothing__c", apiVersion: connection.apiVersion, document: nil)
            #expect(try await server.get(path + "Nothing__c").status == 404)
            #expect(try await server.get(path + "Not%20a%20name").status == 400)
            let bare = try await server.store.createConnection(
                NewConnection(appName: "shop", target: .key("X_URL")), sealingKey: server.key)
            #expect(try await server.get("/api/v3/connections/\(bare.id.text)/schemas/Account").status == 409)
        }
    }

    @Test("what the org refuses is told with its reason; what was known before is told where the org gives nothing newer")
    func refused() async throws {
        try await Server.with(patience: .milliseconds(50)) { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/schemas/Contact"
            _ = try await server.get(path)
            try await server.pool.run("UPDATE sluice.jobs SET last_error = 'Salesforce: SERVER_UNAVAILABLE', attempt = 1")
            let failed = try await server.get(path)
            #expect(failed.status == 502)
            #expect(failed.json["message"]?.string?.contains("SERVER_UNAVAILABLE") == true)
            try await server.pool.run("UPDATE sluice.jobs SET last_error = NULL")
            try await server.store.storeDescribe(
                connection.id, object: "Contact", apiVersion: connection.apiVersion, document: Self.document)
            #expect(try await server.get("\(path)?refresh=true").status == 200)
        }
    }
}
