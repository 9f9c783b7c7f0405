import Catalog
import Eventually
import Foundation
import HTTPTransport
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import Testing

@Suite("Rows that somebody's constraint or trigger refuses")
struct RefusedRowTests {
    private static let accounts = ("Account", SyncWorld.accountFields, "read_only", String?.none)

    struct Obstacle: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sqlState: String
        let make: String
        let end: String
    }

    static let obstacles = [
        Obstacle(
            testDescription: "a check", sqlState: "23514",
            make: "ALTER TABLE salesforce.account ADD CHECK (website <> 'https://7.example') NOT VALID",
            end: "ALTER TABLE salesforce.account DROP CONSTRAINT account_website_check"),
        Obstacle(
            testDescription: "a unique index", sqlState: "23505",
            make: """
                CREATE UNIQUE INDEX one_seven ON salesforce.account ((website)) WHERE website = 'https://7.example';
                ALTER TABLE salesforce.account DISABLE TRIGGER USER;
                UPDATE salesforce.account SET website = 'https://7.example' WHERE id = (SELECT max(id) FROM salesforce.account);
                ALTER TABLE salesforce.account ENABLE TRIGGER USER
                """, end: "DROP INDEX salesforce.one_seven"),
        Obstacle(
            testDescription: "a trigger", sqlState: "P0001",
            make: """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN IF NEW.website = ''https://7.example'' THEN RAISE EXCEPTION ''not here''; END IF; RETURN NEW; END';
                CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.account FOR EACH ROW EXECUTE FUNCTION refuse()
                """, end: "DROP FUNCTION refuse CASCADE"),
        Obstacle(
            testDescription: "a trigger with a code of its own", sqlState: "U0001",
            make: """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN IF NEW.website = ''https://7.example'' THEN RAISE ''not here'' USING ERRCODE = ''U0001''; END IF; RETURN NEW; END';
                CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.account FOR EACH ROW EXECUTE FUNCTION refuse()
                """, end: "DROP FUNCTION refuse CASCADE"),
        Obstacle(
            testDescription: "a trigger that stumbles over a value", sqlState: "22P02",
            make: """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN IF NEW.website = ''https://7.example'' THEN PERFORM NEW.website::int; END IF; RETURN NEW; END';
                CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.account FOR EACH ROW EXECUTE FUNCTION refuse()
                """, end: "DROP FUNCTION refuse CASCADE"),
        Obstacle(
            testDescription: "an index that the value is too long for", sqlState: "54000",
            make: """
                CREATE FUNCTION public.long_of(text) RETURNS text IMMUTABLE LANGUAGE sql AS
                $$SELECT CASE $1 WHEN 'https://7.example' THEN (SELECT string_agg(md5(n::text), '-') FROM generate_series(1, 300) n) END$$;
                CREATE INDEX one_seven ON salesforce.account (public.long_of(website))
                """, end: "DROP FUNCTION public.long_of CASCADE"),
    ]

    @Test("are read again on all pages that the org ends early, and none of them goes")
    func manyPages() async throws {
        try await SyncWorld.with(rows: ["Account": 40]) { world in
            try await world.importMappings([Self.accounts])
            let ids = try await world.sfids("Account")
            try await world.script(Self.obstacles[2].make.replacing("NEW.website = ''https://7.example''", with: "true"))
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":9,"field":"Website","value":"https://%d.example"},"seed":1}"#)
            #expect(try await world.poll("Account").text.contains(", 9 refused"))
            try await world.sandbox(.post, "/sandbox/faults", #"{"maximum_page_rows":2}"#)
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":7200}"#)
            let again = try await world.poll("Account")
            #expect(again.text.contains(", 9 refused"), "\(again)")
            #expect(try await world.sfids("Account") == ids)
            try await world.script(Self.obstacles[2].end)
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.count("sluice.refused_rows") == 0)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }

    @Test(
        "are told, each with its reason, while the others go on, and come by themselves when they may", arguments: obstacles,
        TargetHome.allCases)
    func updates(_ obstacle: Obstacle, home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 40], home: home) { world in
            try await world.importMappings([Self.accounts])
            try await world.script(obstacle.make)
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":12,"field":"Website","value":"https://%d.example"},"seed":1}"#)
            let result = try await world.poll("Account")
            #expect(result.state == "completed", "\(result.text)")
            #expect(result.text.contains(", 1 refused"), "\(result.text)")
            #expect(
                try await world.count("salesforce.account WHERE website LIKE 'https://%.example' AND website <> 'https://7.example'") >= 11)
            let mapping = try await world.mapping("Account")
            #expect(mapping.state == .dataSynced)
            #expect(mapping.stateDescription?.contains("[\(obstacle.sqlState)]") == true, "\(mapping.stateDescription ?? "")")
            #expect(try await world.count("sluice.refused_rows WHERE sql_state = '\(obstacle.sqlState)'") == 1)
            #expect(
                try await world.count("sluice.events e JOIN sluice.refused_rows r USING (mapping_id, sfid) WHERE e.type = 'read'") == 1)
            // Whatever reading says is found where reading is looked for.
            #expect(try await world.count("sluice.events WHERE type <> 'read' AND (message LIKE 'Poll%' OR message LIKE 'RELOAD%')") == 0)
            #expect(try await world.count("sluice.notifications") == 1)
            // Again, and long after its window: nobody is told twice.
            try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":7200}"#)
            for _ in 0..<2 { #expect(try await world.poll("Account").text.contains(", 1 refused")) }
            #expect(try await world.count("sluice.notifications") == 1)
            try await world.script(obstacle.end)
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.count("sluice.refused_rows") == 0)
            #expect(try await world.mapping("Account").stateDescription == nil)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields) || obstacle.sqlState == "23505")
        }
    }

    @Test(
        "a row that a user's foreign key holds stays, with its constraint told, and goes when nothing holds it any more",
        arguments: [true, false])
    func deletes(isHard: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 30]) { world in
            try await world.importMappings([Self.accounts])
            let sorted = try await world.sfids("Account").sorted()
            let (ids, winner) = (sorted.prefix(2), sorted[10])
            try await world.script(
                "CREATE TABLE public.note (account text CONSTRAINT note_account REFERENCES salesforce.account (sfid)); INSERT INTO public.note VALUES ('\(ids[1])')"
            )
            let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
            if isHard {
                try await world.sandbox(.post, "/sandbox/hard-delete", "{\"ids\":[\(list)]}")
                try await world.sandbox(.post, "/sandbox/clock", #"{"offset_seconds":120}"#)
            } else {
                try await world.sandbox(.post, "/sandbox/merge", "{\"winner\":\"\(winner)\",\"losers\":[\(list)]}")
            }
            let result = try await world.poll("Account")
            #expect(result.state == "completed", "\(result.text)")
            #expect(try await world.count("salesforce.account") == 29)
            #expect(try await world.mapping("Account").stateDescription?.contains("note_account") == true)
            #expect(try await world.count("sluice.refused_rows WHERE constraint_name = 'note_account' AND sfid = '\(ids[1])'") == 1)
            try await world.script("DROP TABLE public.note")
            #expect(try await world.poll("Account").state == "completed")
            #expect(try await world.count("salesforce.account") == 28)
            #expect(try await world.mapping("Account").stateDescription == nil)
        }
    }

    @Test("a reload whose pages hold such rows ends, and tells them")
    func reload() async throws {
        try await SyncWorld.with(rows: ["Account": 60], bulkPageRows: 20) { world in
            try await world.importMappings([Self.accounts])
            try await world.script(Self.obstacles[0].make)
            try await world.sandbox(
                .post, "/sandbox/mutate",
                #"{"object":"Account","update":{"count":60,"field":"Website","value":"https://%d.example"},"seed":1}"#)
            let result = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            #expect(result.state == "completed", "\(result.text)")
            #expect(try await world.mapping("Account").state == .dataSynced)
            #expect(try await world.count("sluice.refused_rows") == 1)
            #expect(try await world.count("salesforce.account WHERE website LIKE 'https://%.example'") == 59)
        }
    }

    @Test("more than a hundred of them are no matter of rows: the poll fails, and the mapping says so")
    func tooMany() async throws {
        try await SyncWorld.with(rows: ["Account": 300]) { world in
            try await world.importMappings([Self.accounts])
            try await world.script("ALTER TABLE salesforce.account ADD CHECK (phone NOT LIKE '+1 %') NOT VALID")
            try await world.change(150)
            #expect(try await world.poll("Account").state == "failed")
            #expect(try await world.mapping("Account").state == .systemError)
        }
    }
}
