import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

@Suite("Errors of megabytes on their way to people", .timeLimit(.minutes(20)))
struct LongErrorTests {
    private static let long = String(repeating: "Grüße 東京 👩‍👩‍👧 ", count: 2_000_000 / 42)

    @Test("what Salesforce says of a poll and of a write, and a user's trigger of the rows, is kept as 2,000 characters everywhere")
    func everywhere() async throws {
        try await SyncWorld.with(rows: ["Account": 20, "Contact": 20]) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", "External_Id__c"),
                ("Contact", SyncWorld.contactFields, "read_only", nil),
            ])
            // A trigger that raises.
            try await world.pool.run(
                """
                CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'Trigger: %', repeat('Grüße 東京 ', 1000000) USING DETAIL = repeat('東京', 1000000); END $$
                """)
            try await world.pool.run("CREATE TRIGGER raise BEFORE UPDATE ON salesforce.contact FOR EACH ROW EXECUTE FUNCTION raise()")
            try await world.sandbox(
                .post, "/sandbox/mutate", #"{"object":"Contact","update":{"count":5,"field":"LastName","value":"Other %d"},"seed":3}"#)
            _ = try await world.queue.enqueue([try .poll(try await world.mapping("Contact"), requestedBy: "test")])
            try await eventually("the trigger's words are there") {
                try await world.count("(\(Self.texts)) t WHERE text LIKE '%Trigger: Grüße%'") > 0
            }
            // A poll that is refused, and a write.
            for path in ["query", "composite"] {
                try await world.sandbox(
                    .post, "/sandbox/trouble",
                    #"{"kind":"status","status":400,"code":"INVALID_FIELD","message":"\#(path)\u0000: \#(Self.long)","path_prefix":"…/\#(path)","count":1}"#
                )
            }
            try await world.pool.run("UPDATE salesforce.account SET name = 'Other' WHERE id = 3")
            _ = try await world.queue.enqueue([
                try .write(world.connectionID, requestedBy: "test"), try .poll(try await world.mapping("Account"), requestedBy: "test"),
            ])
            for path in ["query", "composite"] {
                try await eventually("the refusal of \(path) is there") {
                    try await world.count("(\(Self.texts)) t WHERE text LIKE '%\(path): Grüße%'") > 0
                }
            }
            let longest = try await world.pool.query(PostgresQuery(sql: "SELECT max(length(text)) AS n FROM (\(Self.texts)) t"))[0]
            #expect(try longest.decode("n", as: Int.self) == 2000)
        }
    }

    /// Every text that people read of what went wrong.
    private static let texts = """
        SELECT message AS text FROM sluice.events UNION ALL SELECT message FROM sluice.notifications
        UNION ALL SELECT state_description FROM sluice.connections UNION ALL SELECT state_description FROM sluice.mappings
        UNION ALL SELECT last_error FROM sluice.all_jobs UNION ALL SELECT outcome FROM sluice.all_jobs
        UNION ALL SELECT sf_message FROM salesforce._trigger_log UNION ALL SELECT _hc_err::json ->> 'msg' FROM salesforce.account
        """
}
