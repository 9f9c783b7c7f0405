import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import SyncJournal
import Testing

@Suite("Outlets over the API")
struct OutletRouteTests {
    @Test("a webhook is made, shown without its secrets, changed, tested and deleted, and the trail says so")
    func life() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/outlets"
            let made = try await server.post(
                path, #"{"kind":"webhook","address":"https://hooks.example.com/a?token=s3cret","events":["notification","write.failed"]}"#)
            #expect(made.status == 201)
            #expect(made.json["secret"]?.string?.hasPrefix("whsec_") == true)
            #expect(made.json["address"] == "https://hooks.example.com/a")
            let own = try #require(made.headers[.location])
            let shown = try await server.get(own)
            #expect(shown.json["secret"] == nil)
            #expect(shown.json["state"] == "untested")
            #expect(!shown.text.contains("s3cret"))
            #expect(try await server.get(path).json["count"] == 1)
            let changed = try await server.send(.patch, own, body: #"{"events":["connection.state"],"enabled":false}"#)
            #expect(changed.json["events"] == ["connection.state"])
            #expect(changed.json["state"] == "disabled")
            #expect(try await server.post("\(own)/actions/test").status == 409)
            #expect(try await server.send(.patch, own, body: #"{"enabled":true}"#).status == 200)
            let test = try await server.post("\(own)/actions/test")
            #expect(test.status == 202)
            let job = try #require(test.headers[.location])
            #expect(try await server.get(job).json["kind"] == "deliver")
            let deliveries = try await server.get("\(own)/deliveries").json
            #expect(deliveries["results"]?.elements?.map { $0["type"]?.string } == ["test"])
            #expect(try await server.send(.delete, own).status == 204)
            #expect(try await server.get(own).status == 404)
            let trail = try await server.store.auditTrail(connection.id).map(\.action)
            #expect(
                trail.filter { $0.hasPrefix("outlet.") } == [
                    "outlet.delete", "outlet.test", "outlet.change", "outlet.change", "outlet.create",
                ])
            #expect(
                try await server.store.auditTrail(connection.id).allSatisfy {
                    !$0.details.contains("s3cret") && !$0.details.contains("whsec_")
                })
        }
    }

    @Test(
        "what cannot be told is refused by name",
        arguments: [
            (#"{}"#, "kind"), (#"{"kind":"pigeon"}"#, "kind"), (#"{"kind":"webhook"}"#, "address"),
            (#"{"kind":"webhook","address":"http://example.com"}"#, "address"),
            (#"{"kind":"webhook","address":"https://127.0.0.1/"}"#, "address"),
            (#"{"kind":"webhook","address":"https://169.254.169.254/"}"#, "address"),
            (#"{"kind":"webhook","address":"https://example.com","events":[]}"#, "events"),
            (#"{"kind":"webhook","address":"https://example.com","events":["x"]}"#, "events"),
            (#"{"kind":"webhook","address":"https://example.com","level":"info"}"#, "level"),
            (#"{"kind":"drain","address":"https://example.com","events":["notification"]}"#, "events"),
            (#"{"kind":"drain","address":"syslog://example.com"}"#, "address"),
            (#"{"kind":"drain","address":"https://example.com","level":"loud"}"#, "level"),
            (#"{"kind":"email","address":"nobody"}"#, "address"),
        ])
    func refusals(body: String, field: String) async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let answer = try await server.post("/api/v3/connections/\(connection.id.text)/outlets", body)
            #expect(answer.status == 400)
            #expect(answer.json["message"]?.string?.hasPrefix("\(field): ") == true, "\(answer.text)")
        }
    }

    @Test("mail needs a mail server, another's outlet is not found, and there is an end to outlets")
    func limits() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let other = try await server.connection(schema: "other")
            let path = "/api/v3/connections/\(connection.id.text)/outlets"
            #expect(try await server.post(path, #"{"kind":"email","address":"ops@example.com"}"#).status == 409)
            let made = try await server.post(path, #"{"kind":"drain","address":"https://logs.example.com"}"#).json
            #expect(made["token"]?.string?.hasPrefix("d.") == true)
            let id = try #require(made["id"]?.string)
            #expect(try await server.get("/api/v3/connections/\(other.id.text)/outlets/\(id)").status == 404)
            for _ in 1..<50 {
                #expect(try await server.post(path, #"{"kind":"drain","address":"https://logs.example.com"}"#).status == 201)
            }
            #expect(try await server.post(path, #"{"kind":"drain","address":"https://logs.example.com"}"#).status == 409)
        }
    }
}
