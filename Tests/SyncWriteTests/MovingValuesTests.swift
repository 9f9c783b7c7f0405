import Catalog
import HTTPTransport
import HTTPTypes
import Postgres
import SeededRandom
import SyncWorld
import Testing

/// Few rows, few values, several statements a transaction: whatever is done to them, both sides end equal.
@Suite("Rows and unique values at random")
struct MovingValuesTests {
    private static let fields = ["Id", "IsDeleted", "SystemModstamp", "Name", "Phone", "External_Id__c"]

    @Test(
        "whatever moves between few rows, both sides end equal and nothing waits", arguments: [1, 2, 3, 4, 5, 6] as [UInt64], [true, false])
    func seeds(seed: UInt64, hasKey: Bool) async throws {
        try await SyncWorld.with(rows: ["Account": 6], home: seed % 2 == 0 ? .ownDatabase : .controlDatabase) { world in
            try await world.importMappings([("Account", Self.fields, "read_write", hasKey ? "External_Id__c" : nil)])
            if !hasKey {
                try await world.target.run("CREATE UNIQUE INDEX own_key ON salesforce.account (external_id__c)")
            }
            try await world.target.run("CREATE TABLE public.backup AS SELECT * FROM salesforce.account WITH NO DATA")
            var random = SplitMix(seed: seed)
            for round in 0..<6 {
                try await world.script(
                    "TRUNCATE public.backup; INSERT INTO public.backup SELECT * FROM salesforce.account WHERE sfid IS NOT NULL")
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    try await transaction(world, round: round, &random)
                }
                if Bool.random(using: &random) {
                    try await world.sandbox(
                        .post, "/sandbox/mutate",
                        #"{"object":"Account","update":{"count":2,"field":"Phone","value":"\#(round) %d"},"seed":\#(seed + UInt64(round))}"#
                    )
                    if Bool.random(using: &random) { _ = try await world.poll("Account") }
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    _ = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
                }
                let trouble = ["close_after_commit", "reset_after_commit", "close", "status"].randomElement(using: &random)!
                if Bool.random(using: &random) {
                    try await world.sandbox(
                        .post, "/sandbox/trouble", #"{"kind":"\#(trouble)","status":503,"count":1,"path_prefix":"…/composite/sobjects"}"#)
                }
                let result = try await world.write()
                let failures = try await failures(world)
                #expect(result.text.contains(" 0 failed"), "seed \(seed), round \(round): \(result.text) \(failures)")
                if Bool.random(using: &random) { _ = try await world.poll("Account") }
            }
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", Self.fields), "seed \(seed)")
            #expect(try await world.count("salesforce._trigger_log WHERE state IN ('NEW', 'PENDING')") == 0)
            #expect(try await world.count("salesforce.account WHERE sfid IS NULL") == 0)
        }
    }

    private func failures(_ world: SyncWorld) async throws -> String {
        try await world.target.query(
            "SELECT id || ' ' || action || ' ' || coalesce(sf_message, '') AS line FROM salesforce._trigger_log WHERE state = 'FAILED'"
        ).map { try $0.decode("line", as: String.self) }.joined(separator: "; ")
    }

    private func transaction(_ world: SyncWorld, round: Int, _ random: inout SplitMix) async throws {
        var statements: [String] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) { statements.append(statement(round: round, &random)) }
        let chosen = statements
        try await world.target.transaction { session in
            for statement in chosen {
                // A value that another row has is refused by the table itself, as the application's own mistake.
                try session.run("SAVEPOINT attempt")
                do {
                    try session.run(PostgresQuery(sql: statement))
                } catch let error as PostgresError where error.sqlState == PostgresError.uniqueViolation {
                    try session.run("ROLLBACK TO SAVEPOINT attempt")
                }
            }
        }
    }

    private func statement(round: Int, _ random: inout SplitMix) -> String {
        let key = "K\(Int.random(in: 1...4, using: &random))"
        let pick = Int.random(in: 0..<6, using: &random)
        let row = "id = (SELECT id FROM salesforce.account ORDER BY id OFFSET \(pick) LIMIT 1)"
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2: return "INSERT INTO salesforce.account (name, external_id__c) VALUES ('made in \(round)', '\(key)')"
        case 3: return "INSERT INTO salesforce.account (name) VALUES ('plain \(round) \(pick)')"
        case 4, 5: return "UPDATE salesforce.account SET external_id__c = '\(key)' WHERE \(row)"
        case 6: return "UPDATE salesforce.account SET external_id__c = NULL, phone = '\(round)' WHERE external_id__c = '\(key)'"
        case 10, 11:
            return """
                INSERT INTO salesforce.account
                SELECT * FROM public.backup b WHERE NOT EXISTS (SELECT FROM salesforce.account a WHERE a.id = b.id OR a.sfid = b.sfid)
                ORDER BY id LIMIT 1
                """
        case 7: return "UPDATE salesforce.account SET name = name || '+', phone = '\(round).\(pick)' WHERE \(row)"
        default: return "DELETE FROM salesforce.account WHERE sfid IS NOT NULL AND \(row)"
        }
    }
}
