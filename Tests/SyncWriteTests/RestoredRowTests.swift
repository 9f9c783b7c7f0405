import Catalog
import Postgres
import SyncWorld
import Testing

@Suite("Inserts that bring a Salesforce id")
struct RestoredRowTests {
    private func withAccounts(upsertField: String? = nil, _ body: @Sendable (SyncWorld) async throws -> Void) async throws {
        try await SyncWorld.with(rows: ["Account": 10]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", upsertField)])
            // A parent that is deleted with them would be refused at the org.
            try await world.target.run("UPDATE salesforce.account SET parentid = NULL")
            _ = try await world.write()
            _ = try await world.poll("Account")
            try await world.target.run("CREATE TABLE public.backup AS SELECT * FROM salesforce.account")
            try await body(world)
        }
    }

    @Test(
        "rows restored after their deletion was written are made anew and get new ids; nothing deletes them",
        arguments: [nil, "External_Id__c"])
    func deleted(upsertField: String?) async throws {
        try await withAccounts(upsertField: upsertField) { world in
            let before = try await world.sfids("Account", where: "id <= 3")
            try await world.target.run("DELETE FROM salesforce.account WHERE id <= 3")
            #expect(try await world.write().text.hasPrefix("3 written, 0 failed"))
            try await world.target.run("INSERT INTO salesforce.account SELECT * FROM public.backup WHERE id <= 3")
            // Their ids are in the org's delete log, and the insert has not been sent yet.
            try await world.pool.run("UPDATE sluice.mappings SET delete_watermark = now() - interval '1 hour'")
            _ = try await world.poll("Account")
            #expect(try await world.count("salesforce.account WHERE id <= 3") == 3)
            try await world.target.run("UPDATE salesforce.account SET phone = 'after' WHERE id = 2")
            let result = try await world.write()
            #expect(result.text.hasPrefix("4 written, 0 failed"), "\(result.text)")
            _ = try await world.poll("Account")
            _ = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account WHERE id <= 3 AND sfid IS NOT NULL") == 3)
            #expect(try await world.count("salesforce.account WHERE id = 2 AND phone = 'after'") == 1)
            #expect(try await world.sfids("Account", where: "id <= 3").isDisjoint(with: before))
        }
    }

    @Test("a row restored while its record lives, with a parent that was deleted, fails and says so")
    func deletedParent() async throws {
        try await withAccounts { world in
            let parent = try await world.sfids("Account", where: "id = 9").first ?? ""
            try await world.target.run("DELETE FROM salesforce.account WHERE id = 9")
            #expect(try await world.write().text.hasPrefix("1 written, 0 failed"))
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id = 1")
            }
            try await world.target.run("UPDATE public.backup SET parentid = \(parent) WHERE id = 1")
            try await world.target.run("INSERT INTO salesforce.account SELECT * FROM public.backup WHERE id = 1")
            let result = try await world.write()
            #expect(result.text.hasPrefix("0 written, 1 failed"), "\(result.text)")
            #expect(
                try await world.count("salesforce.account WHERE id = 1 AND _hc_lastop = 'FAILED' AND _hc_err LIKE '%ENTITY_IS_DELETED%'")
                    == 1)
        }
    }

    @Test("rows restored while their records live write what the rows have to those records, and make none")
    func living() async throws {
        try await withAccounts { world in
            let before = try await world.sfids("Account")
            try await world.target.run("UPDATE public.backup SET phone = 'from the backup', industry = NULL WHERE id <= 3")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id <= 3")
            }
            try await world.target.run("INSERT INTO salesforce.account SELECT * FROM public.backup WHERE id <= 3")
            let result = try await world.write()
            #expect(result.text.hasPrefix("3 written, 0 failed"), "\(result.text)")
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.sfids("Account") == before)
            #expect(try await world.count("salesforce.account WHERE phone = 'from the backup'") == 3)
        }
    }

    @Test(
        "rows restored from before they exchanged the values of a unique column get these back, also around a circle",
        arguments: [2, 3], [true, false])
    func exchanged(count: Int, inOrder: Bool) async throws {
        try await withAccounts(upsertField: "External_Id__c") { world in
            try await world.pool.run(
                "UPDATE sluice.connections SET features = jsonb_build_object('poll_db_no_merge', \(inOrder)::boolean) WHERE id = \(world.connectionID)"
            )
            let rows = "salesforce.account WHERE id <= \(count)"
            let next =
                "UPDATE salesforce.account a SET external_id__c = b.external_id__c FROM public.backup b WHERE a.id <= \(count) AND b.id = a.id % \(count) + 1"
            try await world.script("UPDATE salesforce.account SET external_id__c = NULL WHERE id <= \(count); \(next)")
            #expect(try await world.write().text.contains(", 0 failed"))
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run(PostgresQuery(sql: "DELETE FROM \(rows)"))
            }
            try await world.script("INSERT INTO salesforce.account SELECT * FROM public.backup WHERE id <= \(count)")
            let result = try await world.write()
            #expect(result.state == "completed", "\(result.text)")
            #expect(try await world.count("salesforce._trigger_log WHERE state NOT IN ('SUCCESS', 'MERGED', 'IGNORE', 'IGNORED')") == 0)
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            let kept = "salesforce.account a JOIN public.backup b USING (id, sfid, external_id__c) WHERE id <= \(count)"
            #expect(try await world.count(kept) == count)
        }
    }

    @Test("a row restored while its record lives that is refused is sent when it is tried again", arguments: [true, false])
    func triedAgain(isMarked: Bool) async throws {
        try await withAccounts(upsertField: "External_Id__c") { world in
            try await world.script("UPDATE salesforce.account SET external_id__c = 'X' WHERE id = 2")
            #expect(try await world.write().text.hasPrefix("1 written"))
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id IN (1, 2)")
            }
            try await world.script(
                "UPDATE public.backup SET external_id__c = 'X' WHERE id = 1; INSERT INTO salesforce.account SELECT * FROM public.backup WHERE id = 1"
            )
            if !isMarked {
                try await world.script(
                    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not here''; END'; CREATE TRIGGER refuse BEFORE UPDATE ON salesforce.account FOR EACH ROW WHEN (NEW.id = 1) EXECUTE FUNCTION refuse()"
                )
            }
            #expect(try await world.write().text.hasPrefix("0 written, 1 failed"))
            if !isMarked { try await world.script("DROP FUNCTION refuse CASCADE") }
            _ = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            try await world.script("UPDATE salesforce.account SET external_id__c = NULL WHERE external_id__c = 'X' AND id <> 1")
            try await world.script("UPDATE salesforce._trigger_log SET state = 'NEW' WHERE state = 'FAILED'")
            let result = try await world.write()
            #expect(result.text.hasPrefix("2 written, 0 failed"), "\(result.text)")
            _ = try await world.poll("Account")
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
            #expect(try await world.count("salesforce.account WHERE id = 1 AND external_id__c = 'X'") == 1)
        }
    }

    @Test("a placeholder that is no id fails with what was expected, and stays; one of another object is made anew")
    func placeholders() async throws {
        try await withAccounts { world in
            try await world.target.run("INSERT INTO salesforce.account (id, sfid, name) VALUES (501, 'PLACEHOLDER-1', 'no id')")
            try await world.target.run("INSERT INTO salesforce.account (id, sfid, name) VALUES (502, '003000000000001', 'a contact')")
            try await world.target.run("INSERT INTO salesforce.account (id, sfid, name) VALUES (503, '001000000000000AAA', 'nobody')")
            let result = try await world.write()
            #expect(result.text.hasPrefix("2 written, 1 failed"), "\(result.text)")
            #expect(
                try await world.count("salesforce.account WHERE id = 501 AND _hc_lastop = 'FAILED' AND _hc_err LIKE '%MALFORMED_ID%'") == 1)
            _ = try await world.poll("Account")
            _ = try await world.run(try .load(try await world.mapping("Account"), reason: .reload))
            #expect(try await world.count("salesforce.account WHERE id = 501") == 1)
            #expect(
                try await world.count("salesforce.account WHERE id IN (502, 503) AND sfid LIKE '001%' AND sfid <> '001000000000000AAA'")
                    == 2)
        }
    }

    @Test("a row that gets the id of a living record in the transaction that inserts it writes to that record, and makes none")
    func placed() async throws {
        try await withAccounts { world in
            let before = try await world.sfids("Account")
            try await world.target.transaction { session in
                try session.run("SET LOCAL xmlbinary TO 'hex'")
                try session.run("DELETE FROM salesforce.account WHERE id = 1")
            }
            try await world.target.transaction { session in
                try session.run("INSERT INTO salesforce.account (id, name, phone) VALUES (601, 'placed', '+1')")
                try session.run("UPDATE salesforce.account SET sfid = (SELECT sfid FROM public.backup WHERE id = 1) WHERE id = 601")
            }
            let result = try await world.write()
            #expect(result.text.hasPrefix("1 written, 0 failed"), "\(result.text)")
            _ = try await world.poll("Account")
            #expect(try await world.sfids("Account") == before)
            #expect(try await world.count("salesforce.account WHERE id = 601 AND name = 'placed' AND sfid IS NOT NULL") == 1)
            #expect(try await world.isEqual("Account", SyncWorld.accountFields))
        }
    }
}
