import Catalog
import Foundation
import HTTPTransport
import Postgres
import SyncJournal
import Testing

@Suite("Failed changes and rows over the API")
struct FailedChangeRouteTests {
    private static func log(_ server: Server) async throws {
        try await server.pool.withSession { session in
            try session.script(
                """
                CREATE SCHEMA salesforce;
                CREATE TABLE salesforce._trigger_log (
                    id serial PRIMARY KEY, txid bigint, created_at timestamptz DEFAULT now(), updated_at timestamptz, processed_at timestamptz, processed_tx bigint,
                    state varchar(8), action varchar(7), table_name varchar(128), record_id integer, sfid varchar(18), old text, "values" text, sf_result integer, sf_message text);
                CREATE INDEX ON salesforce._trigger_log (state, id);
                CREATE INDEX ON salesforce._trigger_log (record_id);
                CREATE TABLE salesforce._trigger_log_archive (LIKE salesforce._trigger_log, PRIMARY KEY (id));
                CREATE INDEX ON salesforce._trigger_log_archive (state, table_name) WHERE state = 'FAILED';
                CREATE INDEX ON salesforce._trigger_log_archive (record_id);
                INSERT INTO salesforce._trigger_log (state, action, table_name, record_id, sfid, "values", sf_message)
                SELECT 'FAILED', 'UPDATE', 'account', n, '001000000000' || lpad(n::text, 3, '0'), '"name"=>"a' || n || '", "phone"=>NULL',
                       'DUPLICATE_VALUE: duplicates the record 0015g00000' || lpad(n::text, 5, '0') || 'AAA with ''' || n || ''' of ' || n || '@example.com'
                FROM generate_series(1, 5) AS n;
                INSERT INTO salesforce._trigger_log_archive (id, created_at, state, action, table_name, record_id, "values", sf_message)
                VALUES (-1, now() - interval '3 days', 'FAILED', 'INSERT', 'contact', 9, '"name"=>"c"', 'REQUIRED_FIELD_MISSING: LastName'),
                       (-2, now() - interval '3 days', 'SUCCESS', 'UPDATE', 'account', 2, '"name"=>"before"', NULL);
                """)
        }
    }

    @Test("failed changes are listed from log and archive, counted, and grouped by what they have in common")
    func reading() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            _ = try await server.mapping(connection)
            let path = "/api/v3/connections/\(connection.id.text)/failed-changes"
            #expect(try await server.get(path).json["count"] == 0)
            try await Self.log(server)
            let first = try await server.get("\(path)?limit=4").json
            #expect(first["results"]?.elements?.compactMap { $0["id"]?.integer } == [5, 4, 3, 2])
            let change = try #require(first["results"]?.elements?.first)
            #expect(change["values"]?["name"] == "a5" && change["values"]?["phone"] == .null)
            let second = try await server.get(try #require(first["next"]?.string)).json
            #expect(second["results"]?.elements?.compactMap { $0["id"]?.integer } == [1, -1])
            #expect(second["results"]?.elements?.last?["archived"] == true)
            #expect(try await server.get("\(path)/count").json["count"] == 6)
            #expect(try await server.get("\(path)/count?mapping=Account").json["count"] == 5)
            #expect(try await server.get("\(path)/count?text=lastname").json["count"] == 1)
            let groups = try await server.get("\(path)/groups").json["results"]?.elements ?? []
            #expect(groups.compactMap { $0["count"]?.integer } == [5, 1])
            let cause = try #require(groups.first?["cause"]?.string)
            #expect(try await server.get("\(path)/count?cause=\(cause)").json["count"] == 5)
            #expect(groups.first?["reason"]?.string?.contains("example.com") == false)
            #expect(try await server.get("\(path)?cause=x").status == 400)
        }
    }

    @Test("an action names what it means, is refused when that changed, and is a job")
    func acting() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let account = try await server.mapping(connection)
            let path = "/api/v3/connections/\(connection.id.text)/failed-changes"
            #expect(try await server.post("\(path)/actions/retry", #"{"all":true}"#).status == 409)
            try await Self.log(server)
            for body in [
                "{}", #"{"all":false}"#, #"{"changes":[]}"#, #"{"changes":["x"]}"#, #"{"changes":[0]}"#, #"{"what":1}"#,
                #"{"mapping":"Nope"}"#,
            ] {
                #expect(try await server.post("\(path)/actions/retry", body).status == 400, "\(body)")
            }
            #expect(try await server.post("\(path)/actions/retry", #"{"all":true,"expected_count":7}"#).status == 409)
            #expect(try await server.post("\(path)/actions/reread", #"{"all":true}"#).status == 400)
            let answer = try await server.post("\(path)/actions/retry", #"{"mapping":"Account","text":"duplicate","expected_count":5}"#)
            #expect(answer.status == 202)
            #expect(answer.json["count"] == 5)
            let row = try await server.pool.query("SELECT args, mapping_id FROM sluice.jobs WHERE kind = 'resolve'")[0]
            let args = try JSONValue(parsing: row.decode("args", as: String.self))
            #expect(args["action"] == "retry" && args["selection"]?["text"] == "duplicate" && args["selection"]?["table"] == "account")
            #expect(try row.decode("mapping_id", as: UUID.self) == account.id)
            #expect(try await server.store.auditTrail(connection.id).first?.action == "changes.retry")
            _ = try await server.post("/api/v3/connections/\(connection.id.text)/actions/pause")
            #expect(try await server.post("\(path)/actions/ignore", #"{"all":true}"#).status == 409)
        }
    }

    @Test("a row's history comes from log and archive, and rows are named for what is done to them")
    func rows() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let account = try await server.mapping(connection)
            try await Self.log(server)
            let path = "/api/v3/mappings/\(account.id.text)/rows"
            let history = try await server.get("\(path)/2/history").json
            #expect(history["results"]?.elements?.compactMap { $0["id"]?.integer } == [2, -2])
            for none in ["x", "0", "2147483648"] { #expect(try await server.get("\(path)/\(none)/history").status == 404) }
            #expect(
                try await server.post("\(path)/actions/overwrite-postgres", #"{"rows":[1,2],"sfids":["001000000000001"]}"#).json["count"]
                    == 3)
            #expect(try await server.post("\(path)/actions/overwrite-salesforce", #"{"sfids":["001000000000001"]}"#).status == 400)
            #expect(try await server.post("\(path)/actions/reread", #"{"sfids":["x"]}"#).status == 400)
            let contact = try await server.mapping(connection, "Contact", access: "read_only")
            let readOnly = try await server.post("/api/v3/mappings/\(contact.id.text)/rows/actions/overwrite-salesforce", #"{"rows":[1]}"#)
            #expect(
                readOnly.status == 409 && readOnly.json["message"] == "Contact is mapped read-only: nothing of it is written to Salesforce")
            #expect(try await server.post("/api/v3/mappings/\(contact.id.text)/rows/actions/reread", #"{"rows":[1.0]}"#).status == 202)
            for query in ["state=lost", "after=x", "limit=201", "salesforce=maybe", "state=different&salesforce=false"] {
                #expect(try await server.get("\(path)?\(query)").status == 400, "\(query)")
            }
            try await server.store.setConnectionState(connection.id, .paused)
            for asked in ["\(path)?state=different", "/api/v3/connections/\(connection.id.text)/supported-objects"] {
                let unasked = try await server.get(asked)
                #expect(unasked.status == 409 && unasked.json["message"]?.string?.hasSuffix("the connection is PAUSED") == true, "\(asked)")
            }
            // It is not loaded yet, and nobody looks at Salesforce here.
            let page = try await server.get("\(path)?salesforce=false").json
            #expect(page["results"] == [] && page["salesforce_missing"] == "the mapping is not loaded yet")
        }
    }

    @Test("a million rows of log are no matter for lists, groups and histories")
    func million() async throws {
        try await Server.with { server in
            let connection = try await server.connection()
            let account = try await server.mapping(connection)
            try await Self.log(server)
            try await server.pool.run(
                """
                INSERT INTO salesforce._trigger_log (state, action, table_name, record_id, sfid, "values")
                SELECT 'SUCCESS', 'UPDATE', 'account', n % 100000, '001', '"name"=>"x"' FROM generate_series(1, 1000000) AS n
                """, timeout: .seconds(120))
            try await server.pool.run("ANALYZE salesforce._trigger_log", timeout: .seconds(60))
            for path in [
                "/api/v3/connections/\(connection.id.text)/failed-changes",
                "/api/v3/connections/\(connection.id.text)/failed-changes/groups",
                "/api/v3/connections/\(connection.id.text)/failed-changes/count", "/api/v3/mappings/\(account.id.text)/rows/77/history",
            ] {
                let before = try await server.rowsRead(of: "salesforce._trigger_log")
                #expect(try await server.get(path).status == 200, "\(path)")
                let read = try await server.rowsRead(of: "salesforce._trigger_log") - before
                #expect(read < 20_000, "\(path): \(read)")
            }
        }
    }
}
