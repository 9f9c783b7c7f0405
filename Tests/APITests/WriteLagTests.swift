import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Postgres
import Testing

@Suite("Write lag")
struct WriteLagTests {
    @Test("is the age of the oldest change that waits and is written, whatever else the log holds; nothing where nothing waits")
    func lag() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let path = "/api/v3/connections/\(connection.id.text)/write-lag"
            #expect(try await server.get(path).json == ["waiting_since": .null, "seconds": .number("0.0")])
            _ = try await server.mapping(connection)
            _ = try await server.mapping(connection, "Contact", access: "read_only")
            #expect(try await server.get(path).json["waiting_since"] == .null)
            try await server.pool.run("CREATE SCHEMA salesforce")
            try await server.pool.run(
                "CREATE TABLE salesforce._trigger_log (id serial, state varchar(8), table_name text, created_at timestamptz DEFAULT now())")
            try await server.pool.run(
                """
                INSERT INTO salesforce._trigger_log (state, table_name, created_at) VALUES
                ('SUCCESS', 'account', now() - interval '9 h'), ('NEW', 'contact', now() - interval '8 h'), ('NEW', 'stray', now() - interval '7 h'),
                ('PENDING', 'account', now() - interval '2 h'), ('NEW', 'account', now() - interval '1 h'), ('FAILED', 'account', now() - interval '5 h')
                """)
            let answer = try await server.get(path)
            #expect(answer.status == 200 && answer.json["waiting_since"]?.string != nil)
            let seconds = try #require(Double(answer.json["seconds"]?.text ?? ""))
            #expect((7200..<7300).contains(seconds))
            let page = try await server.send(.get, "/connections/\(connection.id.text)", headers: server.session(server.token))
            #expect(page.text.contains("Write lag") && page.text.contains("oldest change that waits"))
        }
    }

    @Test("is not zero where the database does not answer")
    func unknown() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            _ = try await server.mapping(connection)
            let headers = try await server.session(server.token)
            try await Server.running(
                store: server.store, key: server.key, environment: ["DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"]
            ) { port in
                let other = server.on(port: port)
                #expect(try await other.get("/api/v3/connections/\(connection.id.text)/write-lag").status == 503)
                let page = try await other.send(.get, "/connections/\(connection.id.text)", headers: headers)
                #expect(page.status == 200 && page.text.contains("the database does not answer"))
            }
        }
    }
}
