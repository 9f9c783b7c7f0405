import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import SyncJournal
import Testing

@Suite("Errors and notifications")
struct JournalTests {
    @Test("failed writes of the last day come from the trigger log and its archive")
    func writeErrors() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let mapping = try await server.mapping(connection)
            let path = "/api/v3/connections/\(connection.id.text)/errors"
            #expect(try await server.get(path).json == ["count": 0, "results": []])
            try await server.pool.run("CREATE SCHEMA salesforce")
            for table in ["_trigger_log", "_trigger_log_archive"] {
                try await server.pool.run(
                    """
                    CREATE TABLE \(identifier: "salesforce", table) (id int, txid bigint, created_at timestamptz, updated_at timestamptz,
                        processed_at timestamptz, processed_tx bigint, state varchar(8), action varchar(7), table_name varchar(128), record_id int,
                        sfid varchar(18), old text, "values" text, sf_result int, sf_message text)
                    """)
            }
            try await server.pool.run(
                """
                INSERT INTO salesforce._trigger_log (id, created_at, state, table_name, record_id, sf_message) VALUES
                (1, now() - interval '2 days', 'FAILED', 'account', 1, 'old'), (2, now(), 'SUCCESS', 'account', 2, NULL),
                (3, now(), 'FAILED', 'account', 3, 'required field missing'), (4, now(), 'FAILED', 'contact', 4, 'no permission')
                """)
            try await server.pool.run(
                """
                INSERT INTO salesforce._trigger_log_archive (id, created_at, processed_at, state, table_name, record_id, sf_message)
                VALUES (5, now() - interval '3 days', now(), 'FAILED', 'account', NULL, 'late')
                """)
            let all = try await server.get(path).json
            #expect(all["count"] == 3)
            #expect(all["results"]?.elements?.compactMap { $0["id"]?.integer } == [5, 4, 3])
            let one = try await server.get("/api/v3/mappings/\(mapping.id.text)/errors").json
            #expect(one["results"]?.elements?.compactMap { $0["message"]?.string } == ["late", "required field missing"])
        }
    }

    @Test("a target database that does not answer is said so")
    func unreachableTarget() async throws {
        try await Server.with { server in
            let connection = try await server.store.createConnection(
                NewConnection(appName: "shop", target: .url("postgres://nobody@127.0.0.1:9/none")), sealingKey: server.key)
            let answer = try await server.get("/api/v3/connections/\(connection.id.text)/errors")
            #expect(answer.status == 503)
            #expect(answer.json["code"] == "target_unavailable")
        }
    }

    @Test("notifications come page by page, newest first, none twice and none left out, with the whole count on each page")
    func pages() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            for number in 1...7 {
                _ = try await server.store.pool.withSession {
                    try CatalogStore.notify(connection.id, eventType: number == 4 ? "other" : "mapping-error", message: "\(number)", in: $0)
                }
            }
            var path: String? = "/api/v3/connections/\(connection.id.text)/notifications?page_size=2&event_type=mapping-error"
            var seen: [String] = []
            var pages = 0
            while let next = path {
                let page = try await server.get(next).json
                #expect(page["count"] == 6)
                seen += page["results"]?.elements?.compactMap { $0["message"]?.string } ?? []
                let url = page["next"]?.string
                #expect(url?.hasPrefix("http://127.0.0.1") != false)
                path = url.flatMap { URLComponents(string: $0) }.map { "\($0.percentEncodedPath)?\($0.percentEncodedQuery ?? "")" }
                pages += 1
                // What is read may be acknowledged before the next page is.
                if pages == 1 { try await server.store.acknowledgeNotifications(connection.id, NotificationFilter(eventType: "none")) }
            }
            #expect(seen == ["7", "6", "5", "3", "2", "1"])
            #expect(pages == 3)
            #expect(try await server.get("/api/v3/connections/\(connection.id.text)/notifications?cursor=x").status == 400)
            #expect(try await server.get("/api/v3/connections/\(connection.id.text)/notifications?page_size=0").status == 400)
        }
    }

    @Test("open notifications are listed by filter, also with a body of null, and acknowledged")
    func notifications() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            _ = try await server.store.pool.withSession {
                try CatalogStore.notify(connection.id, eventType: "mapping-error", message: "a", in: $0)
            }
            _ = try await server.store.pool.withSession {
                try CatalogStore.notify(connection.id, eventType: "postgres-connection", message: "b", in: $0)
            }
            let path = "/api/v3/connections/\(connection.id.text)/notifications"
            let listed = try await server.send(.get, "\(path)?page_size=1000", body: "null")
            #expect(listed.json["results"]?.elements?.count == 2)
            #expect(listed.json["results"]?.elements?.first?.keys == ["id", "event_type", "message", "created_at"])
            #expect(try await server.get("\(path)?event_type=mapping-error").json["results"]?.elements?.count == 1)
            #expect(try await server.get("\(path)?before=2020-01-01").json["results"] == [])
            #expect(try await server.get("\(path)?after=2020-01-01T00:00:00+00:00").json["results"]?.elements?.count == 2)
            #expect(try await server.get("\(path)?after=yesterday").status == 400)
            #expect(try await server.get("\(path)?page_size=none").status == 400)
            let acknowledged = try await server.post("\(path)/acknowledge?event_type=mapping-error&page_size=1000", "null")
            #expect(acknowledged.status == 204)
            #expect(acknowledged.bytes.isEmpty)
            #expect(try await server.get(path).json["results"]?.elements?.map { $0["event_type"] } == ["postgres-connection"])
        }
    }
}
