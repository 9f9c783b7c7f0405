import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncJournal
import Testing

@Suite("Comparing and changing the API version")
struct VersionChangeTests {
    /// Answers every comparison that is asked for as a worker would.
    private func answering(_ server: Server, _ answer: String, _ body: () async throws -> Void) async throws {
        let task = Task {
            while !Task.isCancelled {
                let request = ClaimRequest(
                    worker: "test", kinds: [JobKind.compareVersions.rawValue], limit: 1, lease: .seconds(30))
                for job in try await server.queue.claim(request).jobs {
                    let open = try await server.pool.query("SELECT id FROM sluice.inquiries WHERE job_id = \(job.id)")
                    for row in open { _ = try await server.store.answer(row.decode("id"), answer) }
                    try await server.queue.complete([.init(lease: job.lease, outcome: "answered")])
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        defer { task.cancel() }
        try await body()
    }

    private static func diff(changed: Bool = false, unsafe: Bool = false, undetermined: Bool = false) -> String {
        #"{"guid":"g","current_api_version":"60.0","target_api_version":"61.0","mappings":[{"name":"Account","fields_have_changed":\#(changed),"has_unsafe_changes":\#(unsafe),"action_undetermined":\#(undetermined),"result_message":"m"}]}"#
    }

    @Test("a difference is told with 200; a version may be written as clients write it")
    func difference() async throws {
        try await Server.with(patience: .seconds(20)) { server in
            let path = "/api/v3/connections/\(try await server.connection().id.text)/schema-diff"
            try await answering(server, Self.diff()) {
                let answer = try await server.get("\(path)?target_version=61")
                #expect(answer.status == 200)
                #expect(answer.json == (try JSONValue(parsing: Self.diff())))
            }
            let asked: String = try await server.pool.query("SELECT args->>'target' AS t FROM sluice.all_jobs")[0].decode("t")
            #expect(asked == "61.0")
            for text in ["", "?target_version=next", "?target_version=6", "?target_version=61.5"] {
                #expect(try await server.get(path + text).status == 400)
            }
        }
    }

    @Test("a change needs a paused connection and mappings at rest, and says so in words for people")
    func rules() async throws {
        try await Server.with(patience: .seconds(20)) { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            let path = "/api/v3/connections/\(connection.id.text)/actions/change-sf-api-version"
            let running = try await server.post(path, #"{"target_version":"61.0"}"#)
            #expect(running.status == 409)
            #expect(running.json["message"]?.string?.contains("must be paused") == true)
            try await server.store.setConnectionState(connection.id, .paused)
            try await server.store.setMappingState(mapping.id, .pollingSFChanges)
            let syncing = try await server.post(path, #"{"target_version":"61.0"}"#)
            #expect(syncing.status == 409)
            #expect(
                syncing.json["message"]
                    == "Mapping Account is still syncing. Wait for it to finish syncing before changing the API version.")
            for body in ["", "{}", #"{"target_version":61}"#, #"{"target_version":"latest"}"#] {
                #expect(try await server.post(path, body).status == 400)
            }
            #expect(try await server.store.connection(connection.id)?.apiVersion == connection.apiVersion)
        }
    }

    @Test("unsafe and undetermined differences are refused with the difference beside the message")
    func unsafe() async throws {
        try await Server.with(patience: .seconds(20)) { server in
            let connection = try await server.connection()
            _ = try await server.mapping(connection)
            try await server.store.setConnectionState(connection.id, .paused)
            let path = "/api/v3/connections/\(connection.id.text)/actions/change-sf-api-version"
            try await answering(server, Self.diff(changed: true, unsafe: true)) {
                let refused = try await server.post(path, #"{"target_version":"61.0"}"#)
                #expect(refused.status == 409)
                #expect(refused.json["message"] == "Some mappings have unsafe changes. Edit them and retry.")
                #expect(refused.json["mappings"]?.elements?.first?["name"] == "Account")
            }
            try await answering(server, Self.diff(undetermined: true)) {
                let refused = try await server.post(path, #"{"target_version":"61.0"}"#)
                #expect(refused.status == 409)
            }
            #expect(try await server.store.connection(connection.id)?.apiVersion == connection.apiVersion)
        }
    }

    @Test("a safe change answers 202 with the difference, is noted, and loads what grows once the connection is resumed")
    func safe() async throws {
        try await Server.with(patience: .seconds(20)) { server in
            let connection = try await server.connection()
            _ = try await server.mapping(connection)
            try await server.store.setConnectionState(connection.id, .paused)
            let path = "/api/v3/connections/\(connection.id.text)"
            try await answering(server, Self.diff(changed: true)) {
                let changed = try await server.post("\(path)/actions/change-sf-api-version", #"{"target_version":"61.0"}"#)
                #expect(changed.status == 202)
                #expect(changed.json["target_version"] == "61.0")
                #expect(changed.json["mappings"]?.elements?.count == 1)
            }
            #expect(try await server.get(path).json["sf_info"]?["api_version"] == "61.0")
            #expect(try await server.pool.query("SELECT FROM sluice.jobs WHERE kind = 'load'").count == 1)
            #expect(try await server.store.auditTrail(connection.id).first?.action == "connection.change_sf_api_version")
        }
    }

    @Test(
        "a page offers the change where the connection is paused or stopped, and says elsewhere what comes first",
        arguments: [
            (ConnectionState.paused, true), (.systemError, true), (.idle, false), (.unauthorized, false),
        ])
    func page(state: ConnectionState, isOffered: Bool) async throws {
        try await Server.with(patience: .seconds(20)) { server in
            let connection = try await server.connection()
            _ = try await server.mapping(connection)
            try await server.store.setConnectionState(connection.id, state)
            let headers = try await server.session(server.token)
            try await answering(server, Self.diff()) {
                let page = try await server.send(.get, "/connections/\(connection.id.text)/version?target=61.0", headers: headers)
                #expect(page.status == 200)
                #expect(page.text.contains("Change to 61.0") == isOffered && page.text.contains("Pause the connection first") == !isOffered)
            }
        }
    }

    @Test("a version that the org does not serve is refused, and so is a comparison that nobody answers")
    func refused() async throws {
        try await Server.with(patience: .milliseconds(200)) { server in
            let path = "/api/v3/connections/\(try await server.connection().id.text)/schema-diff?target_version=99"
            let waited = try await server.get(path)
            #expect(waited.status == 409)
            #expect(waited.headers[.retryAfter] != nil)
            try await answering(server, #"{"refusal":"target_version: expected a version from 31.0 to 67.0, found 99.0"}"#) {
                let refused = try await server.get(path)
                #expect(refused.status == 400)
            }
        }
    }
}
