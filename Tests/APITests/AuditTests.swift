import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import SyncJournal
import Testing

@Suite("What the audit trail keeps of a request", .timeLimit(.minutes(20)))
struct AuditTests {
    @Test(
        "a change is done and noted, whatever else stands in its body: NUL, numbers without measure, long texts and keys",
        arguments: [
            #"{"name":"Main","note":"a\u0000b"}"#, #"{"name":"Main","no\u0000te":1e999999}"#,
            #"{"name":"Main","note":"\#(String(repeating: "東京", count: 500))"}"#,
            #"{"name":"Main","\#(String(repeating: "k", count: 3000))":[[["deep"]]]}"#,
        ])
    func anyBody(body: String) async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let changed = try await server.send(.patch, "/api/v3/connections/\(connection.id.text)", body: body)
            #expect(changed.status == 200 && changed.json["name"] == "Main")
            let entry = try #require(try await server.store.auditTrail(connection.id, limit: 1).first)
            #expect(entry.action == "connection.change" && entry.details.contains(#""name": "Main""#))
            #expect(entry.details.utf8.count < 16_384)
        }
    }
}
